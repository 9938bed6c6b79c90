package io.github.belfry.internal.memory;

import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
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
    private static final int CREATE_TRIES = 100;
    private static final long NOTHING = -1;

    private final String name;
    private final int fd;
    private final byte @Nullable [] made;
    private long originalSize;
    private long allocated = NOTHING;
    private boolean taken;

    /** {@code made} is the path of a file that wasn't there before. */
    private SharedFile(String name, int fd, byte @Nullable [] made) {
        this.name = name;
        this.fd = fd;
        this.made = made;
    }

    public static SharedFile open(Path file, boolean writable) throws IOException {
        int flags = (writable ? Native.O_RDWR : Native.O_RDONLY) | Native.O_NONBLOCK;
        int fd = Native.open(CStrings.path(CStrings.checked(file)), flags, true, 0);
        return new SharedFile(file.toString(), Errno.check(fd, "open " + file), null);
    }

    public static SharedFile memfd(String name, long size) throws IOException {
        AvailableMemory.check(size, "memfd " + name);
        int fd = checkMemfd(
                Native.memfdCreate(CStrings.utf8(name), false),
                "memfd_create " + name,
                "without it there is no memory to share but files");
        return new SharedFile(name, fd, null);
    }

    /** Another process may make or remove the file between our two attempts, but not for ever. */
    public static SharedFile openOrMake(Path file) throws IOException {
        byte[] path = CStrings.path(CStrings.checked(file));
        int flags = Native.O_RDWR | Native.O_NONBLOCK;
        int fd = -Errno.ENOENT;
        for (int tries = 0; fd == -Errno.ENOENT && tries < CREATE_TRIES; tries++) {
            fd = Native.open(path, flags | Native.O_CREAT | Native.O_EXCL, false, PRIVATE_MODE);
            if (fd != -Errno.EEXIST) {
                return new SharedFile(file.toString(), Errno.check(fd, "open " + file), path);
            }
            fd = Native.open(path, flags, false, 0);
        }
        if (fd == -Errno.ELOOP && Files.isSymbolicLink(file)) {
            throw new IOException("cannot create " + file + ": it is a symbolic link, which is not followed");
        }
        return new SharedFile(file.toString(), Errno.check(fd, "open " + file), null);
    }

    /** Throws an IOException unless it is a regular file. */
    public void check() throws IOException {
        long[] facts = new long[2];
        Errno.check(Native.fstat(fd, facts), "fstat " + name);
        int type = (int) facts[0] & S_IFMT;
        if (type != S_IFREG) {
            throw new IOException("cannot map " + name + ": it is " + describe(type) + ", not a regular file");
        }
        originalSize = facts[1];
    }

    private static String describe(int type) {
        return switch (type) {
            case S_IFDIR -> "a directory";
            case S_IFIFO -> "a FIFO";
            default -> "a device or socket";
        };
    }

    /** Throws an IOException unless it is a regular file with something in it. */
    public void checkContent() throws IOException {
        check();
        if (originalSize == 0) {
            throw new IOException("cannot map " + name + ": it is empty");
        }
    }

    /** Takes the space now. What is beyond it goes with {@link #take}. */
    public void allocate(long size) throws IOException {
        allocated = size;
        Errno.check(Native.allocate(fd, size), "fallocate " + name + " (" + size + " bytes)");
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
        checkMemfd(
                result,
                "fcntl F_ADD_SEALS " + name,
                "unsealed memory isn't used, because another process could shrink it and end this VM");
    }

    /** What is refused here is refused by a container or a kernel, to every program: says what that means. */
    private static int checkMemfd(int result, String tried, String meaning) throws IOException {
        if (result < 0) {
            throw new IOException(tried + ": " + Errno.describe(-result) + ": " + meaning);
        }
        return result;
    }

    public int fd() {
        return fd;
    }

    public long size() {
        return originalSize;
    }

    /**
     * The descriptor, which from now on is the caller's. The last step of a call: what is beyond the allocated size is
     * cut off here, so one that fails before has lost nothing.
     */
    int take() throws IOException {
        if (allocated != NOTHING && originalSize > allocated) {
            Errno.check(Native.ftruncate(fd, allocated), "ftruncate " + name + " (" + allocated + " bytes)");
        }
        taken = true;
        return fd;
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
            Native.unlink(made);
        } else if (allocated != NOTHING) {
            Native.ftruncate(fd, originalSize);
        }
        Native.close(fd);
    }
}
