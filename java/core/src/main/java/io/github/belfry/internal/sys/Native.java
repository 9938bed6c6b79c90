package io.github.belfry.internal.sys;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;

/**
 * The JNI shim: one native for each system call or plain C function, without policy. A result in -4095..-1 is a
 * negative errno; {@link Errno} turns it into an exception.
 */
public final class Native {
    // open(2)'s flags, passed to the kernel as they are; descriptor.c asserts their values.
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_NONBLOCK = 04000;

    // Events of poll(2) and epoll(7).
    public static final int POLLIN = 1;
    public static final int POLLOUT = 4;
    public static final int POLLHUP = 16;

    /** Gives back what has become unreachable: one thread for all. */
    public static final Cleaner CLEANER = Cleaner.create();

    static {
        NativeLibrary.load();
    }

    /** What this VM ignores, bit n - 1 for signal n: as it was started, unless something changed it since. */
    public static final long IGNORED_AT_LOAD = ignoredSignals();

    private Native() {}

    /**
     * Starts a program, see {@code belfry_spawn.h}.
     *
     * @param programs paths to try, each ended by NUL; not used when {@code programFd} is a descriptor
     * @param arguments each ended by NUL
     * @param environment {@code name=value}, each ended by NUL
     * @param descriptors pairs of source (-1: the target's own number, inherited) and target, ascending by target
     * @param keeperSocket of the keeper that the child registers with, see {@link #register}; -1: none
     * @param result gets the pidfd (or -1), and on failure the index of the program, descriptor or limit
     * @param step gets the name of the failed system call
     * @return the pid or -errno
     */
    public static int spawn(
            byte[] programs,
            int programFd,
            byte[] arguments,
            byte[] environment,
            int[] descriptors,
            ChildAttributes attributes,
            int keeperSocket,
            int keeperBell,
            int[] result,
            byte[] step) {
        Record record = attributes;
        return spawn(
                programs,
                programFd,
                arguments,
                environment,
                descriptors,
                record,
                keeperSocket,
                keeperBell,
                result,
                step);
    }

    /** In its signature is no class of ours, because shading renames those and leaves the shim's table as it is. */
    private static native int spawn(
            byte[] programs,
            int programFd,
            byte[] arguments,
            byte[] environment,
            int[] descriptors,
            Record attributes,
            int keeperSocket,
            int keeperBell,
            int[] result,
            byte[] step);

    /**
     * Tells a keeper of a process, see {@code belfry_keeper.h}. While there is no room it rings the bell and tries
     * again, for 100 ms.
     */
    public static native int register(int socket, int bell, int pidfd, int pid, boolean leadsGroup);

    public static native int pidfdOpen(int pid);

    public static native int pidfdSendSignal(int pidfd, int signal);

    public static native int pidfdSendValue(int pidfd, int signal, int value);

    public static native int kill(int pid, int signal);

    public static native int sigqueue(int pid, int signal, int value);

    public static native int getpgid(int pid);

    /**
     * {@code waitid(P_PIDFD, WEXITED | WNOHANG)}: si_code in the upper, si_status in the lower half; 0: not yet.
     *
     * @param leaveZombie WNOWAIT: look, but don't reap
     */
    public static native long waitPidfd(int pidfd, boolean leaveZombie);

    /** The same by pid. */
    public static native long waitPid(int pid, boolean leaveZombie);

    /** {@code waitid(P_PID, WEXITED | WNOWAIT)}: blocks, and leaves the process to be reaped. */
    public static native long awaitPid(int pid);

    /** Gives the calling thread the processors of the main thread. */
    public static native int adoptAffinity();

    /** Has the calling thread run soon when it is woken, and for short times. Refused before Linux 6.12. */
    public static native int takeShortTurns();

    /** Sets SIGCHLD to its default if it is ignored; any other disposition stays. */
    public static native int unignoreChildren();

    private static native long ignoredSignals();

    public static native int open(byte[] path, int flags, boolean follow, int mode);

    public static native int unlink(byte[] path);

    public static native int close(int fd);

    public static native int write(int fd, byte[] bytes);

    /** Fills a direct buffer as far as the file goes, from {@code offset} on; how many bytes. */
    public static native int pread(int fd, ByteBuffer into, long offset);

    public static native int pipe(int[] ends);

    /** Connected sockets of SOCK_SEQPACKET; the first holds about so many bytes unread, or as many as a user may have. */
    public static native int socketPair(int[] ends, int bytes);

    public static native int duplicate(int fd);

    /** {@code poll} without waiting: which of the events are there, and POLLHUP or POLLERR. */
    public static native int pollNow(int fd, int events);

    /**
     * Blocks until one of the descriptors has one of its {@code wanted} events, or POLLHUP or POLLERR; how many have, 0
     * also after a signal. Up to 8 descriptors; negative ones are passed over.
     *
     * @param seen gets the events of each
     * @param timeoutMillis -1: no limit
     */
    public static native int poll(int[] fds, int[] wanted, int[] seen, int timeoutMillis);

    /** How many descriptors this process may have: the soft RLIMIT_NOFILE. */
    static native long descriptorLimit();

    /** From now on a read or write that would block is EAGAIN. */
    public static native int setNonblocking(int fd);

    /**
     * {@code read} of at most 64 KiB; 0 at the end.
     *
     * @param patienceMillis how long to wait where it would be EAGAIN
     */
    public static native int readSome(int fd, byte[] into, int offset, int length, int patienceMillis);

    /** {@code write} of at most 64 KiB, likewise. */
    public static native int writeSome(int fd, byte[] from, int offset, int length, int patienceMillis);

    /** {@code ioctl(FIONREAD)}: how many bytes a pipe holds. */
    public static native int readable(int fd);

    /** A counter that doesn't block. */
    public static native int eventfdCreate();

    /** Adds 1 to it; EAGAIN when it is full. */
    public static native int eventfdRing(int fd);

    public static native int epollCreate();

    /** For reading, edge-triggered. */
    public static native int epollAdd(int epoll, int fd, long key);

    /**
     * For one of the events, or the end of the other side; then no more until it is armed again.
     *
     * @param again whether the epoll has it already: if not, ENOENT
     */
    public static native int epollArm(int epoll, int fd, int events, long key, boolean again);

    public static native int epollRemove(int epoll, int fd);

    /**
     * Blocks until something is ready; the number of keys filled in, 0 also after a signal.
     *
     * @param timeoutMillis -1: no limit
     */
    public static native int epollWait(int epoll, long[] keys, int timeoutMillis);

    static native byte[] errnoText(int errno);

    /** facts: st_mode, st_size, st_dev, st_ino. */
    public static native int fstat(int fd, long[] facts);

    public static native int ftruncate(int fd, long size);

    /** {@code posix_fallocate(fd, 0, size)}. */
    public static native int allocate(int fd, long size);

    public static native int memfdCreate(byte[] name, boolean executable);

    /** Seals the size, and the seals. */
    public static native int sealSize(int fd);

    /** Seals the size, and the content against all but mappings that are there already. */
    public static native int sealForOneWriter(int fd);

    /** Seals the content as well. */
    public static native int sealAll(int fd);

    /** {@code mmap(MAP_SHARED)} of the file's first {@code length} bytes. */
    public static native long map(int fd, long length, boolean writable);

    /** Maps {@code header} bytes, and behind them the ring that follows in the file, twice in a row. */
    public static native long mapRing(int fd, long header, long ring, boolean writable);

    /** Replaces a mapping by private zero pages, in one step. */
    public static native long blank(long address, long length);

    public static native int unmap(long address, long length);

    public static native int sync(long address, long length);

    public static native ByteBuffer directBuffer(long address, int length);

    public static native int pageSize();
}
