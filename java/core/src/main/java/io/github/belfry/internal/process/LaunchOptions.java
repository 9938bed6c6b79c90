package io.github.belfry.internal.process;

import io.github.belfry.Signal;
import io.github.belfry.internal.memory.MappedRange;
import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.ChildAttributes;
import io.github.belfry.internal.sys.Native;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a builder has collected for a {@link Launch}. A value that is wrong by itself is refused here. */
public final class LaunchOptions {
    private static final int HIGHEST_DESCRIPTOR = 1 << 30;
    private static final long UNLIMITED = -1;

    /** As nohup(1) and a script's {@code &} want it. The VM catches QUIT in any case. */
    private static final long STAY_IGNORED = maskOf(Signal.HUP) | maskOf(Signal.INT);

    private static final List<String> STREAM_NAMES = List.of("stdin", "stdout", "stderr");

    private final List<String> command;
    private final byte @Nullable [] file;
    private final @Nullable BundledWorker bundled;
    private final Environment environment = new Environment();
    private final @Nullable Redirect[] streams = new Redirect[STREAM_NAMES.size()];
    private final SortedMap<Integer, Launch.PassedMapping> mappings = new TreeMap<>();
    private final List<Launch.Limit> limits = new ArrayList<>();
    private @Nullable Path directory;
    private byte @Nullable [] cpus;
    private long blockedSignals;
    private boolean ownGroup;
    private boolean newSession;
    private boolean groupEndsWithLeader;
    private boolean dieWithParent = true;
    private int umask = ChildAttributes.UNCHANGED;
    private int nice = ChildAttributes.NICE_UNCHANGED;
    private int oomScoreAdjust = ChildAttributes.OOM_SCORE_UNCHANGED;
    private int uid = ChildAttributes.UNCHANGED;
    private int gid = ChildAttributes.UNCHANGED;

    public LaunchOptions(List<String> command) {
        this(command, null, null);
    }

    private LaunchOptions(List<String> command, byte @Nullable [] file, @Nullable BundledWorker bundled) {
        this.command = List.copyOf(command);
        this.file = file;
        this.bundled = bundled;
        if (this.command.isEmpty() || this.command.get(0).isEmpty()) {
            throw new IllegalArgumentException("the command is empty");
        }
        for (int i = 0; i < this.command.size(); i++) {
            CStrings.encodable(this.command.get(i), i == 0 ? "the command" : "argument " + i);
        }
    }

    /** A worker inside the jar. */
    public static LaunchOptions bundled(String worker, String... arguments) {
        return new LaunchOptions(joined(worker, arguments), null, new BundledWorker(worker));
    }

    /** A file, relative to this process's directory; its name need not be text. */
    public static LaunchOptions program(Path program, String... arguments) {
        if (program.toString().isEmpty()) {
            throw new IllegalArgumentException("the command is empty");
        }
        byte[] file = CStrings.path(CStrings.checked(program));
        return new LaunchOptions(joined(program.toAbsolutePath().toString(), arguments), file, null);
    }

    private static List<String> joined(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(program);
        command.addAll(List.of(arguments));
        return command;
    }

    /** The same options, which from now on change apart from these. */
    public LaunchOptions copy() {
        LaunchOptions copy = new LaunchOptions(command, file, bundled);
        copy.environment.copyFrom(environment);
        System.arraycopy(streams, 0, copy.streams, 0, streams.length);
        copy.mappings.putAll(mappings);
        copy.limits.addAll(limits);
        copy.directory = directory;
        copy.cpus = cpus;
        copy.blockedSignals = blockedSignals;
        copy.ownGroup = ownGroup;
        copy.newSession = newSession;
        copy.groupEndsWithLeader = groupEndsWithLeader;
        copy.dieWithParent = dieWithParent;
        copy.umask = umask;
        copy.nice = nice;
        copy.oomScoreAdjust = oomScoreAdjust;
        copy.uid = uid;
        copy.gid = gid;
        return copy;
    }

    /** The plan as it is now; what is set later doesn't change it. */
    public Launch build() {
        ChildAttributes attributes = new ChildAttributes(
                directory == null ? null : CStrings.path(directory),
                cpus,
                encodedLimits(),
                blockedSignals,
                Native.IGNORED_AT_LOAD & STAY_IGNORED,
                umask,
                nice,
                oomScoreAdjust,
                uid,
                gid,
                ownGroup || newSession,
                newSession,
                dieWithParent,
                Child.canHavePidfd());
        return new Launch(
                command,
                file,
                bundled,
                environment.encode(),
                directory,
                allStreams(),
                new TreeMap<>(mappings),
                List.copyOf(limits),
                attributes,
                groupEndsWithLeader);
    }

    /** Loops and no streams, here and below: most programs start few others, and so in interpreted code. */
    private long[] encodedLimits() {
        long[] triples = new long[3 * limits.size()];
        int filled = 0;
        for (Launch.Limit limit : limits) {
            triples[filled++] = limit.resource();
            triples[filled++] = limit.soft();
            triples[filled++] = limit.hard();
        }
        return triples;
    }

    private List<Redirect> allStreams() {
        Redirect[] all = new Redirect[streams.length];
        for (int fd = 0; fd < all.length; fd++) {
            Redirect stream = streams[fd];
            all[fd] = stream == null ? Redirect.INHERIT : stream;
        }
        return List.of(all);
    }

    public static int inRange(int value, int low, int high, String what) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(what + " is " + value + ", not in " + low + " to " + high);
        }
        return value;
    }

    public void directory(Path path) {
        directory = CStrings.checked(path);
    }

    public void environment(Map<String, String> replaceAll) {
        environment.replaceAll(replaceAll);
    }

    public void environment(String name, @Nullable String value) {
        environment.put(name, value);
    }

    public void stream(int fd, Redirect redirect) {
        if (fd == 0 && redirect.isAppend()) {
            throw new IllegalArgumentException("Stdio.append(" + redirect.file() + ") is for output");
        }
        if (fd != 2 && redirect == Redirect.STDOUT) {
            throw new IllegalArgumentException("Stdio.STDOUT is for standard error, not for " + STREAM_NAMES.get(fd));
        }
        streams[fd] = redirect;
    }

    public void streamUnlessSet(int fd, Redirect redirect) {
        if (streams[fd] == null) {
            stream(fd, redirect);
        }
    }

    public boolean isSet(int fd) {
        return streams[fd] != null;
    }

    /** Whether it is to be a pipe, of which the VM has the other end. */
    public boolean isPipe(int fd) {
        return streams[fd] == Redirect.PIPE;
    }

    public List<String> command() {
        return command;
    }

    /** Throws IllegalArgumentException when a stream is to be a pipe, of which a pool gives no end away. */
    public void checkNoPipe() {
        for (int fd = 0; fd < streams.length; fd++) {
            if (isPipe(fd)) {
                throw new IllegalArgumentException("Stdio.PIPE can't be the " + STREAM_NAMES.get(fd)
                        + " of a pool's worker: no program would read or write the pipe");
            }
        }
    }

    public void blockSignals(Signal... signals) {
        long added = 0;
        for (Signal signal : signals) {
            if (signal == Signal.KILL || signal == Signal.STOP) {
                throw new IllegalArgumentException(signal + " can't be blocked");
            }
            added |= maskOf(signal);
        }
        blockedSignals |= added;
    }

    private static long maskOf(Signal signal) {
        return 1L << (signal.number() - 1);
    }

    public void passMapping(int childFd, MappedRange range, Object owner) {
        inRange(childFd, 3, HIGHEST_DESCRIPTOR, "the descriptor of a mapping");
        if (mappings.putIfAbsent(childFd, new Launch.PassedMapping(range, owner)) != null) {
            throw new IllegalArgumentException("descriptor " + childFd + " is already a mapping");
        }
    }

    /** Throws IllegalArgumentException when a mapping is to have one of them. */
    public void checkFree(int fromFd, int toFd) {
        for (int fd : mappings.keySet()) {
            if (fd >= fromFd && fd <= toFd) {
                throw new IllegalArgumentException("descriptors " + fromFd + " to " + toFd
                        + " of a pool's worker are taken: a mapping can't have " + fd);
            }
        }
    }

    public void processGroup(boolean own) {
        ownGroup = own;
    }

    public void newSession(boolean own) {
        newSession = own;
    }

    /** What is left of its own group is killed when it has ended. */
    public void endGroupWithLeader() {
        groupEndsWithLeader = true;
    }

    public void dieWithParent(boolean die) {
        dieWithParent = die;
    }

    public void cpus(int... numbers) {
        if (numbers.length == 0) {
            throw new IllegalArgumentException("no processor is given");
        }
        BitSet mask = new BitSet();
        for (int cpu : numbers) {
            mask.set(inRange(cpu, 0, 1 << 16, "a processor"));
        }
        cpus = mask.toByteArray();
    }

    public void limit(int resource, String name, long soft, long hard) {
        if (soft < UNLIMITED || hard < UNLIMITED) {
            throw new IllegalArgumentException("a limit of " + name + " is negative: " + soft + ", " + hard);
        }
        limits.add(new Launch.Limit(resource, name, soft, hard));
    }

    public void umask(int mask) {
        umask = inRange(mask, 0, 0777, "umask");
    }

    public void nice(int value) {
        nice = inRange(value, -20, 19, "nice");
    }

    public void oomScoreAdjust(int value) {
        oomScoreAdjust = inRange(value, -1000, 1000, "oomScoreAdjust");
    }

    public void user(int newUid, int newGid) {
        inRange(newUid, 0, Integer.MAX_VALUE, "uid");
        gid = inRange(newGid, 0, Integer.MAX_VALUE, "gid");
        uid = newUid;
    }
}
