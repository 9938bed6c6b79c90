package io.github.belfry.internal.pool;

import io.github.belfry.Doorbell;
import io.github.belfry.Signal;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerInfo;
import io.github.belfry.internal.process.Child;
import io.github.belfry.internal.process.Descriptors;
import io.github.belfry.internal.process.Launch;
import io.github.belfry.internal.process.LaunchOptions;
import io.github.belfry.internal.process.Redirect;
import io.github.belfry.internal.process.Spawner;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingMemory;
import io.github.belfry.internal.ring.RingReader;
import io.github.belfry.internal.ring.Ringer;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One incarnation of a worker: its process, its ring of replies, its doorbell and its lifeline. A slot has one after
 * the other; nothing of a dead one is used again, because a process that it has left behind may still hold all of it.
 */
public final class Incarnation implements AutoCloseable {
    private static final int NONE = -1;
    private static final String POOL_VARIABLE = "BELFRY_POOL";
    private static final String WORKER_VARIABLE = "BELFRY_WORKER";

    private final Child child;
    private final WorkerInfo info;
    private final Events events;
    private final RingMemory replies;
    private final RingReader reader;
    private final Ringer ringer;
    private final StderrTail stderr;
    private final int doorbell;
    private final AtomicInteger lifeline;
    private volatile @Nullable String brokenRule;
    private volatile boolean askedToEnd;
    private volatile boolean replaced;
    private final AtomicInteger sessions = new AtomicInteger();

    private Incarnation(Child child, WorkerInfo info, Events events, Rings rings, int doorbell, int lifeline) {
        this.child = child;
        this.info = info;
        this.events = events;
        this.replies = rings.replies();
        this.reader = new RingReader(rings.replies(), rings.requests());
        this.ringer = new Ringer(rings.doorbell(), rings.replies(), () -> child.ring(Signal.USR1));
        this.stderr = new StderrTail(
                child.pipes().hasStderr() ? child.pipes().stderr() : null, line -> events.errorLine(info, line));
        this.doorbell = doorbell;
        this.lifeline = new AtomicInteger(lifeline);
    }

    private record Rings(RingMemory requests, RingMemory replies, Doorbell doorbell) {}

    /** A worker's launch: whatever the user has set, these are the pool's. */
    public static Launch launch(LaunchOptions options) {
        options.stream(0, Redirect.NULL);
        options.processGroup(true);
        options.endGroupWithLeader();
        options.blockSignals(Signal.USR1);
        options.environment("BELFRY_VERSION", Integer.toString(Layout.VERSION));
        // Set at each start; a VM that is itself a worker's child has others.
        options.environment(POOL_VARIABLE, null);
        options.environment(WORKER_VARIABLE, null);
        return options.build();
    }

    /** Starts it; the slot's requests say already where it begins. Blocks until the program runs. */
    public static Incarnation start(PoolOptions options, Slot slot, Events events) throws IOException {
        String name = "belfry-replies-" + options.name() + "-" + slot.index();
        RingMemory requests = slot.requests();
        RingMemory replies = RingMemory.replies(name, options.replyRingBytes());
        slot.withdrawal().setReplies(replies);
        int doorbell = NONE;
        int[] lifeline = {NONE, NONE};
        Child child = null;
        try {
            doorbell = Errno.check(Native.eventfdCreate(), "eventfd for " + name);
            Errno.check(Native.pipe(lifeline), "pipe2 for " + name);
            child = Spawner.start(
                    options.launch(slot.index())
                            .withVariable(POOL_VARIABLE, options.name())
                            .withVariable(WORKER_VARIABLE, Integer.toString(slot.index())),
                    new Descriptors.Given(requests.fd(), Layout.REQUESTS_FD),
                    new Descriptors.Given(replies.fd(), Layout.REPLIES_FD),
                    new Descriptors.Given(doorbell, Layout.DOORBELL_FD),
                    new Descriptors.Given(lifeline[0], Layout.LIFELINE_FD));
            Native.close(lifeline[0]);
            lifeline[0] = NONE;
            long number = requests.get(Layout.REQUESTS_INCARNATION);
            WorkerInfo info = new WorkerInfo(options.name(), slot.index(), child.pid(), number);
            Rings rings = new Rings(requests, replies, options.doorbell());
            return new Incarnation(child, info, events, rings, doorbell, lifeline[1]);
        } catch (IOException | RuntimeException | Error e) {
            slot.withdrawal().setReplies(null);
            replies.close();
            closeAll(doorbell, lifeline[0], lifeline[1]);
            if (child != null) {
                child.signalToEnd(Signal.KILL);
            }
            throw e;
        }
    }

    private static void closeAll(int... fds) {
        for (int fd : fds) {
            if (fd != NONE) {
                Native.close(fd);
            }
        }
    }

    public Child child() {
        return child;
    }

    WorkerInfo info() {
        return info;
    }

    public long pid() {
        return child.pid();
    }

    @Nullable
    public WorkerExit exit() {
        return child.exit();
    }

    RingMemory replies() {
        return replies;
    }

    public RingReader reader() {
        return reader;
    }

    public Ringer ringer() {
        return ringer;
    }

    StderrTail stderr() {
        return stderr;
    }

    /** The eventfd that the worker rings. */
    int doorbell() {
        return doorbell;
    }

    /** Whether it has mapped its rings, as the SDK does before init. */
    boolean hasAttached() {
        return replies.getInt(Layout.HEADER_VERSION) != 0;
    }

    /** Whether init has succeeded, as the worker says. */
    public boolean isReady() {
        return replies.getInt(Layout.STATE) == Layout.READY && hasHeader();
    }

    /** The same for one that has ended, and may have left before. */
    boolean hasBeenReady() {
        return isReady() || replies.getInt(Layout.STATE) == Layout.LEAVING && hasHeader();
    }

    private boolean hasHeader() {
        return replies.getInt(Layout.HEADER_VERSION) == Layout.VERSION
                && replies.getInt(Layout.MAGIC) == Layout.REPLIES_MAGIC;
    }

    /** The cursor behind the request that it has begun last, as the worker says; 0 before the first. */
    long inHand() {
        return replies.getAcquire(Layout.IN_HAND);
    }

    /** It has broken a rule: nothing of it is read any more, and it is killed. */
    void quarantine(String rule) {
        boolean first;
        synchronized (this) {
            first = brokenRule == null;
            brokenRule = rule;
        }
        try {
            if (first) {
                events.workerQuarantined(info, rule);
            }
        } finally {
            kill();
        }
    }

    boolean isBroken() {
        return brokenRule != null;
    }

    /** Its end, which is to come, is no death that backs off or counts for the breaker. */
    void askToEnd(Signal signal) {
        askedToEnd = true;
        child.ring(signal);
    }

    /** Those that aren't closed. */
    int sessions() {
        return sessions.get();
    }

    void sessionOpened() {
        sessions.incrementAndGet();
    }

    void sessionClosed() {
        sessions.decrementAndGet();
    }

    boolean isAskedToEnd() {
        return askedToEnd;
    }

    /** It finishes the request in hand and ends, which is no death. */
    void replace() {
        replaced = true;
        askToEnd(Signal.TERM);
    }

    boolean isReplaced() {
        return replaced;
    }

    /** For a message about it: its pid, how it ended, and the rule that it broke, if any. */
    @Override
    public String toString() {
        return child()
                + (exit() == null ? "" : ": " + exit())
                + (brokenRule == null ? "" : ", killed because of a broken rule: " + brokenRule);
    }

    void abort() {
        child.ring(Signal.ABRT);
    }

    /** SIGKILL to it and its group; by its lifeline too, which a worker that has become another user's can't refuse. */
    public void kill() {
        signalToEnd(Signal.KILL);
        closeLifeline();
    }

    private void closeLifeline() {
        closeAll(lifeline.getAndSet(NONE));
    }

    /** To its group as well; nothing when it has ended, or has become another user's. */
    public void signalToEnd(Signal signal) {
        try {
            child.signalToEnd(signal);
        } catch (UncheckedIOException refused) {
            // It goes with its lifeline, when it is killed.
        }
    }

    /** After its end: all but the memory. */
    void closeProcess() {
        stderr.finish();
        child.pipes().close();
        closeLifeline();
        closeAll(doorbell);
    }

    /** After its end, when no thread takes its replies. A caller that reads one in place closes the memory later. */
    void closeReplies() {
        if (reader.end()) {
            replies.close();
        }
    }

    /** Both. */
    @Override
    public void close() {
        closeProcess();
        closeReplies();
    }
}
