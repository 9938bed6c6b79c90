package io.github.belfry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An open file or memfd that is to be mapped: checked, sized, and undone on {@code close} unless it is taken. */
final class SharedFile implements AutoCloseable {
    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;
    private static final int S_IFDIR = 0040000;
    private static final int S_IFIFO = 0010000;
    private static final int PRIVATE_MODE = 0600;
    private static final int CREATE_TRIES = 100;

    private final Path file;
    private final int fd;
    private final boolean made;
    private long originalSize;
    private boolean allocated;
    private boolean taken;

    private SharedFile(Path file, int fd, boolean made) {
        this.file = file;
        this.fd = fd;
        this.made = made;
    }

    static SharedFile create(Path file, long size) throws IOException {
        SharedFile opened = openOrMake(CStrings.checked(file));
        try {
            opened.check();
            opened.allocate(size);
            return opened;
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    static SharedFile open(Path file, boolean writable) throws IOException {
        int flags = (writable ? Native.O_RDWR : Native.O_RDONLY) | Native.O_NONBLOCK;
        int fd = Native.open(CStrings.path(CStrings.checked(file)), flags, true, 0);
        SharedFile opened = new SharedFile(file, Errno.check(fd, "open " + file), false);
        try {
            opened.check();
            if (opened.size() == 0) {
                throw new IOException("cannot map " + file + ": it is empty");
            }
            return opened;
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    static SharedFile memfd(String name, long size) throws IOException {
        AvailableMemory.check(size, "memfd " + name);
        int fd = Errno.check(Native.memfdCreate(CStrings.utf8(name), false), "memfd_create " + name);
        SharedFile opened = new SharedFile(Path.of("memfd"), fd, false);
        try {
            Errno.check(Native.allocate(fd, size), "fallocate " + name + " (" + size + " bytes)");
            Errno.check(Native.sealSize(fd), "fcntl F_ADD_SEALS " + name);
            return opened;
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Somebody may make or remove the file between our two attempts, but not for ever. */
    private static SharedFile openOrMake(Path file) throws IOException {
        byte[] path = CStrings.path(file);
        int flags = Native.O_RDWR | Native.O_NONBLOCK;
        int fd = -Errno.ENOENT;
        for (int tries = 0; fd == -Errno.ENOENT && tries < CREATE_TRIES; tries++) {
            fd = Native.open(path, flags | Native.O_CREAT | Native.O_EXCL, false, PRIVATE_MODE);
            if (fd != -Errno.EEXIST) {
                return new SharedFile(file, Errno.check(fd, "open " + file), true);
            }
            fd = Native.open(path, flags, false, 0);
        }
        if (fd == -Errno.ELOOP && Files.isSymbolicLink(file)) {
            throw new IOException("cannot create " + file + ": it is a symbolic link, which is not followed");
        }
        return new SharedFile(file, Errno.check(fd, "open " + file), false);
    }

    private void check() throws IOException {
        long[] facts = new long[2];
        Errno.check(Native.fstat(fd, facts), "fstat " + file);
        int type = (int) facts[0] & S_IFMT;
        if (type != S_IFREG) {
            throw new IOException("cannot map " + file + ": it is " + describe(type) + ", not a regular file");
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

    private void allocate(long size) throws IOException {
        allocated = true;
        Errno.check(Native.allocate(fd, size), "fallocate " + file + " (" + size + " bytes)");
    }

    /** What is beyond goes last, when nothing can fail any more: a failed call has lost nothing. */
    void cutTo(long size) throws IOException {
        if (originalSize > size) {
            Errno.check(Native.ftruncate(fd, size), "ftruncate " + file + " (" + size + " bytes)");
        }
    }

    int fd() {
        return fd;
    }

    long size() {
        return originalSize;
    }

    /** The descriptor, which from now on is the caller's. */
    int take() {
        taken = true;
        return fd;
    }

    @Override
    public void close() {
        if (taken) {
            return;
        }
        if (made) {
            Native.unlink(CStrings.path(file));
        } else if (allocated) {
            Native.ftruncate(fd, originalSize);
        }
        Native.close(fd);
    }
}
