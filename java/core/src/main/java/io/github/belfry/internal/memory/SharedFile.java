package io.github.belfry.internal.memory;

import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An open file or memfd that is to be mapped: checked, sized, and undone on {@code close} unless it is taken. */
public final class SharedFile implements AutoCloseable {
    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;
    private static final int S_IFDIR = 0040000;
    private static final int S_IFIFO = 0010000;
    private static final int PRIVATE_MODE = 0600;
    private static final int READ_WRITE = Native.O_RDWR | Native.O_NONBLOCK;
    private static final int CREATE_TRIES = 100;
    private static final long NOTHING = -1;

    // What fstat fills in.
    private static final int MODE = 0;
    private static final int SIZE = 1;
    private static final int DEVICE = 2;
    private static final int INODE = 3;

    private final String name;
    private final boolean isMemfd;
    private final int fd;
    private final byte @Nullable [] made;
    private final long[] facts = new long[4];
    private long size;
    private long originalSize;
    private @Nullable FileClaim claim;
    private long allocated = NOTHING;
    private boolean taken;

    /** {@code made} is the path of a file that wasn't there before. */
    private SharedFile(String name, boolean isMemfd, int fd, byte @Nullable [] made) {
        this.name = name;
        this.isMemfd = isMemfd;
        this.fd = fd;
        this.made = made;
    }

    /** A file that is there; a symbolic link is followed. */
    public static SharedFile open(Path file, boolean writable) throws IOException {
        int flags = writable ? READ_WRITE : Native.O_RDONLY | Native.O_NONBLOCK;
        byte[] path = CStrings.path(CStrings.checked(file));
        return opened(file, Native.open(path, flags, true, 0), null);
    }

    /** A new file, not even a symbolic link may have its name. */
    public static SharedFile make(Path file) throws IOException {
        byte[] path = CStrings.path(CStrings.checked(file));
        return opened(file, makeAt(path), path);
    }

    /** Another process may make or remove the file between our two attempts, but not for ever. */
    public static SharedFile openOrMake(Path file) throws IOException {
        byte[] path = CStrings.path(CStrings.checked(file));
        int fd = -Errno.ENOENT;
        for (int tries = 0; fd == -Errno.ENOENT && tries < CREATE_TRIES; tries++) {
            fd = makeAt(path);
            if (fd != -Errno.EEXIST) {
                return opened(file, fd, path);
            }
            fd = Native.open(path, READ_WRITE, false, 0);
        }
        if (fd == -Errno.ELOOP && Files.isSymbolicLink(file)) {
            throw new FileSystemException(
                    file.toString(), null, "open: ELOOP, it is a symbolic link, which is not followed");
        }
        return opened(file, fd, null);
    }

    private static int makeAt(byte[] path) {
        return Native.open(path, READ_WRITE | Native.O_CREAT | Native.O_EXCL, false, PRIVATE_MODE);
    }

    private static SharedFile opened(Path file, int fd, byte @Nullable [] made) throws IOException {
        if (fd < 0) {
            throw Errno.ofFile(-fd, file.toString(), "open");
        }
        return new SharedFile(file.toString(), false, fd, made);
    }

    public static SharedFile memfd(String name, long size) throws IOException {
        AvailableMemory.check(size, name);
        int fd = Native.memfdCreate(CStrings.utf8(name), false);
        if (fd < 0) {
            throw refused(-fd, "memfd_create " + name, "without it there is no memory to share but files");
        }
        return new SharedFile(name, true, fd, null);
    }

    /** Throws a FileSystemException unless it is a regular file. */
    public void check() throws IOException {
        check(Native.fstat(fd, facts), "fstat");
        int type = (int) facts[MODE] & S_IFMT;
        if (type != S_IFREG) {
            throw new FileSystemException(
                    name, null, "cannot be mapped: it is " + describe(type) + ", not a regular file");
        }
        size = facts[SIZE];
    }

    private static String describe(int type) {
        return switch (type) {
            case S_IFDIR -> "a directory";
            case S_IFIFO -> "a FIFO";
            default -> "a device or socket";
        };
    }

    /** Claims all of a regular file, which must have something in it; how much that is. */
    public long claimContent() throws IOException {
        long cuts = FileClaim.cuts();
        checkContent();
        FileClaim whole = FileClaim.of(facts[DEVICE], facts[INODE], size);
        claim = whole;
        if (FileClaim.cuts() != cuts) {
            checkContent();
            whole.lower(Math.min(size, whole.size()));
        }
        return whole.size();
    }

    private void checkContent() throws IOException {
        check();
        if (size == 0) {
            throw new FileSystemException(name, null, "cannot be mapped: it is empty");
        }
    }

    /**
     * Claims the first bytes of a regular file and takes the space for them. What is beyond goes with {@link #take},
     * which fails where another mapping needs it.
     */
    public void claimAndAllocate(long newSize) throws IOException {
        check();
        originalSize = size;
        claim = FileClaim.of(facts[DEVICE], facts[INODE], newSize);
        allocate(newSize);
    }

    /** Takes the space now. */
    public void allocate(long bytes) throws IOException {
        allocated = bytes;
        int result = Native.allocate(fd, bytes);
        if (result < 0) {
            throw failure(-result, "fallocate", " (" + bytes + " bytes)");
        }
    }

    /** No process can change the size any more. */
    public void seal() throws IOException {
        checkSealed(Native.sealSize(fd));
    }

    /** The same, and only processes that have mapped it by now can write. */
    public void sealForOneWriter() throws IOException {
        checkSealed(Native.sealForOneWriter(fd));
    }

    private void checkSealed(int result) throws IOException {
        if (result < 0) {
            throw refused(
                    -result,
                    "fcntl F_ADD_SEALS " + name,
                    "unsealed memory isn't used, because another process could shrink it and end this VM");
        }
    }

    /** What a container or a kernel refuses to every program: says what that means. */
    private static IOException refused(int errno, String tried, String meaning) {
        return new IOException(tried + ": " + Errno.describe(errno) + ": " + meaning);
    }

    private void check(int result, String call) throws IOException {
        if (result < 0) {
            throw failure(-result, call, "");
        }
    }

    /** What a call was refused with. {@code details} follow the name of the call, or for a memfd its own. */
    IOException failure(int errno, String call, String details) {
        return isMemfd
                ? Errno.exception(errno, call + " " + name + details)
                : Errno.ofFile(errno, name, call + details);
    }

    public int fd() {
        return fd;
    }

    public long size() {
        return size;
    }

    /** What the mapping holds from {@link #take} on; none of a memfd, which is sealed. */
    @Nullable FileClaim claim() {
        return claim;
    }

    /**
     * The descriptor, which from now on is the caller's. The last step of a call: what is beyond the allocated size is
     * cut off here, so one that fails before has lost nothing.
     */
    int take() throws IOException {
        if (claim != null && allocated != NOTHING) {
            check();
            cutOff(claim);
        }
        taken = true;
        return fd;
    }

    private void cutOff(FileClaim own) throws IOException {
        long result = size > own.size() ? own.cut(fd) : 0;
        if (result > 0) {
            throw new FileSystemException(
                    name,
                    null,
                    "cannot be made " + own.size() + " bytes large: this VM has mapped " + result + " bytes of it");
        }
        check((int) result, "ftruncate");
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public void close() {
        if (taken) {
            return;
        }
        if (made != null) {
            removeMade(made);
        } else if (claim != null && allocated != NOTHING) {
            shrinkBack(claim);
        }
        Native.close(fd);
        if (claim != null) {
            claim.release();
        }
    }

    /** Unless another mapping of this VM has it by now. */
    private void removeMade(byte[] path) {
        if (claim == null || claim.isOnly()) {
            Native.unlink(path);
        }
    }

    /** Cuts off what {@link #allocate} has added, unless another mapping of this VM has that by now. */
    private void shrinkBack(FileClaim own) {
        boolean hasGrown = Native.fstat(fd, facts) >= 0 && facts[SIZE] > originalSize && facts[SIZE] <= own.size();
        if (hasGrown) {
            own.lower(originalSize);
            own.cut(fd);
        }
    }
}
