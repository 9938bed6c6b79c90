package io.github.belfry;

/** What a limit of a process is about, see setrlimit(2). */
public enum ResourceLimit {
    /** Size of a core file, in bytes. */
    CORE(4),
    /** Processor time, in seconds. */
    CPU(0),
    /** Data segment, in bytes. */
    DATA(2),
    /** Size of a file that it writes, in bytes. */
    FSIZE(1),
    /** Open descriptors: one more than the highest number. */
    NOFILE(7),
    /** Processes of its user. */
    NPROC(6),
    /** Stack, in bytes. */
    STACK(3),
    /** Address space, in bytes. */
    AS(9);

    /** No limit. */
    public static final long UNLIMITED = -1;

    /** RLIMIT_..., the same on x86-64 and aarch64. */
    public final int number;

    ResourceLimit(int number) {
        this.number = number;
    }
}
