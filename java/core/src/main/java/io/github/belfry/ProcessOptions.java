package io.github.belfry;

import io.github.belfry.internal.process.LaunchOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The options of a program: what a {@link WorkerProcess.Builder} sets. */
abstract sealed class ProcessOptions<B extends ProcessOptions<B>> permits WorkerProcess.Builder {
    final LaunchOptions options;
    Duration closeGrace = Duration.ofSeconds(5);

    ProcessOptions(LaunchOptions options) {
        this.options = options;
    }

    /** Itself. */
    abstract B self();

    /** Where it runs; this process's directory by default. */
    public B directory(Path directory) {
        options.directory(directory);
        return self();
    }

    /**
     * Its whole environment, instead of this process's. Forgets what {@link
     * WorkerProcess.Builder#environment(String, String)} said.
     */
    public B environment(Map<String, String> replaceAll) {
        options.environment(replaceAll);
        return self();
    }

    /**
     * One variable of its environment.
     *
     * @param value null removes it
     * @throws IllegalArgumentException for an empty name, one with {@code =}, a NUL, or a surrogate without its other
     *     half, which UTF-8 can't have
     */
    public B environment(String name, @Nullable String value) {
        options.environment(name, value);
        return self();
    }

    /**
     * Its standard input: inherited by default, and for {@link WorkerProcess.Builder#run()} /dev/null.
     *
     * @throws IllegalArgumentException for {@link Stdio#append} and {@link Stdio#STDOUT}
     */
    public B stdin(Stdio source) {
        return stdio(0, source);
    }

    /**
     * Its standard output: inherited by default, and collected by {@link WorkerProcess.Builder#run()}.
     *
     * @throws IllegalArgumentException for {@link Stdio#STDOUT}
     */
    public B stdout(Stdio target) {
        return stdio(1, target);
    }

    /** Its standard error: as {@link WorkerProcess.Builder#stdout}, or {@link Stdio#STDOUT}. */
    public B stderr(Stdio target) {
        return stdio(2, target);
    }

    /** All three standard streams are this process's own. */
    public B inheritIO() {
        return stdin(Stdio.INHERIT).stdout(Stdio.INHERIT).stderr(Stdio.INHERIT);
    }

    private B stdio(int fd, Stdio stdio) {
        options.stream(fd, stdio.redirect());
        return self();
    }

    /**
     * Signals that are blocked when it starts, in addition to those of earlier calls: one that comes before the
     * program is ready waits until it unblocks or takes it (sigwaitinfo(2)), instead of killing it. No other signal
     * is blocked, and each has its default disposition.
     *
     * @throws IllegalArgumentException for KILL and STOP, which can't be blocked
     */
    public B blockSignals(Signal... signals) {
        options.blockSignals(signals);
        return self();
    }

    /**
     * Gives it the mapping's file or memfd as a descriptor, for mmap(2).
     *
     * @param childFd its number there, from 3 on
     * @throws IllegalArgumentException for 0 to 2 and for a number already given away
     */
    public B passMapping(int childFd, SharedMapping mapping) {
        options.passMapping(childFd, mapping.range(), mapping);
        return self();
    }

    /**
     * Whether it leads a process group of its own: then Ctrl+C doesn't reach it, {@link WorkerProcess#signalGroup}
     * and {@link WorkerProcess#close} reach all of the group, and after its end it isn't reaped before its group is
     * empty or closed. False by default.
     */
    public B processGroup(boolean own) {
        options.processGroup(own);
        return self();
    }

    /**
     * Whether it leads a session of its own, without a terminal, and with it a group, whatever {@link
     * WorkerProcess.Builder#processGroup} says; see setsid(2). False by default.
     */
    public B newSession(boolean own) {
        options.newSession(own);
        return self();
    }

    /**
     * Whether SIGKILL ends it when this VM ends, however that happens; true by default. With {@code processGroup} its
     * whole group ends, so also what it has started. A process {@code belfry-keeper} does that, see
     * pidfd_send_signal(2). One of another {@code user} escapes if this VM may not signal that user's processes
     * (CAP_KILL), and so does what calls setsid(2). Where there is no keeper, because pidfds are refused, the process
     * itself ends by PR_SET_PDEATHSIG of prctl(2), which a program with set-user-id escapes.
     */
    public B dieWithParent(boolean die) {
        options.dieWithParent(die);
        return self();
    }

    /**
     * The processors that it may use, counted from 0; this process's by default.
     *
     * @throws IllegalArgumentException for none, a negative one or one above 65536
     */
    public B cpus(int... cpus) {
        options.cpus(cpus);
        return self();
    }

    /**
     * A limit, as in setrlimit(2).
     *
     * @param soft in the resource's unit, or {@link ResourceLimit#UNLIMITED}
     * @param hard likewise
     * @throws IllegalArgumentException for another negative value
     */
    public B limit(ResourceLimit resource, long soft, long hard) {
        options.limit(resource.number, resource.name(), soft, hard);
        return self();
    }

    /**
     * Its file mode creation mask; this process's by default.
     *
     * @throws IllegalArgumentException outside 0..0777
     */
    public B umask(int mask) {
        options.umask(mask);
        return self();
    }

    /**
     * Its nice value; this process's by default.
     *
     * @throws IllegalArgumentException outside -20..19
     */
    public B nice(int value) {
        options.nice(value);
        return self();
    }

    /**
     * How readily the kernel ends it when memory runs out, from never, -1000, to first, 1000; as this process by
     * default. See {@code /proc/PID/oom_score_adj} in proc(5). A lower value than this process's needs
     * CAP_SYS_RESOURCE.
     *
     * @throws IllegalArgumentException outside -1000..1000
     */
    public B oomScoreAdjust(int value) {
        options.oomScoreAdjust(value);
        return self();
    }

    /**
     * Whom it runs as; this process's user by default. Its supplementary groups are dropped.
     *
     * @throws IllegalArgumentException for a negative id
     */
    public B user(int uid, int gid) {
        options.user(uid, gid);
        return self();
    }

    /**
     * How long {@link WorkerProcess#close} waits before SIGTERM, if it has closed a pipe, and again before SIGKILL;
     * 5 s by default.
     *
     * @throws IllegalArgumentException for a negative one
     */
    public B closeGrace(Duration grace) {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("closeGrace is negative: " + grace);
        }
        closeGrace = grace;
        return self();
    }
}
