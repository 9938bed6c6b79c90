package io.github.belfry;

import io.github.belfry.internal.memory.MappedRange;
import io.github.belfry.internal.memory.MappingAccess;
import io.github.belfry.internal.memory.SharedFile;
import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Memory shared with other processes: a file, or a nameless memfd (memfd_create(2)).
 *
 * <p>All methods may be called by any thread. What is written is seen by every other process that maps the same memory,
 * in the order that {@link java.lang.invoke.VarHandle} access modes or fences give.
 *
 * <p><b>After {@link #close}</b> a buffer that is still held reads zeroes, and what is written through it is
 * lost; it never crashes the VM. The file and the memory are given back at once, the range of addresses when
 * the last buffer is unreachable. (Where the kernel counts address space strictly, vm.overcommit_memory=2, and has too
 * little for zero pages, the buffer goes on showing the old memory instead, until it is unreachable.)
 *
 * <p><b>A file that another program truncates</b> while it is mapped: plain accesses to what is gone throw
 * {@link InternalError} (on JDK 17 possibly some instructions late), but native code that reads the buffer (CRC32,
 * Deflater) doesn't survive it. Memfds are sealed against this: prefer {@link #anonymous} where no file is needed.
 * {@link #create} never does this to a mapping of this VM, as long as that or a buffer of it shows the file.
 *
 * <p><b>Locks.</b> A mapping has a descriptor of its file, which {@link #close} closes, or the garbage collector, or
 * the call that fails. Closing any descriptor of a file gives up all POSIX locks that this process has on the file,
 * through whichever descriptor it has taken them (fcntl(2)). Those of {@link java.nio.channels.FileChannel#lock()} are
 * such locks.
 */
public final class SharedMapping implements AutoCloseable {
    static {
        MappingAccess.grant(mapping -> ((SharedMapping) mapping).range);
    }

    private final String name;
    private final long size;
    private final boolean writable;
    private final MappedRange range;

    /** The buffer that all others are slices of, made when first asked for; for a size above an int's there is none. */
    private @Nullable ByteBuffer root;

    private SharedMapping(SharedFile file, long size, boolean writable) throws IOException {
        this.name = file.toString();
        this.size = size;
        this.writable = writable;
        this.range = MappedRange.map(file, size, writable);
        range.releaseWhenUnreachable(this);
    }

    /**
     * Makes or resizes a file and maps it for reading and writing. Its space is allocated now (fallocate(2)), so a full
     * disk is an error here and not a fault later. A new file has mode 0600; an existing one keeps its mode, and its
     * content up to {@code size}.
     *
     * @param size in bytes
     * @throws IllegalArgumentException if {@code size} is not positive
     * @throws java.nio.file.NoSuchFileException if there is no such directory
     * @throws java.nio.file.AccessDeniedException without permission
     * @throws java.nio.file.FileSystemException if the system refuses for another reason, the file is a symbolic link
     *     or no regular file, or a mapping of this VM has more than {@code size} of it, under whatever name. A file
     *     that this call made is removed again; one that was there has its old size.
     */
    public static SharedMapping create(Path file, long size) throws IOException {
        checkSize(size, file);
        try (SharedFile opened = SharedFile.openOrMake(file)) {
            return resized(opened, size);
        }
    }

    /**
     * The same for a file that isn't there yet: O_EXCL of open(2), so of all that make it at once one succeeds.
     *
     * @param size in bytes
     * @throws IllegalArgumentException if {@code size} is not positive
     * @throws java.nio.file.FileAlreadyExistsException if something has that name, a symbolic link for example
     * @throws java.nio.file.NoSuchFileException if there is no such directory
     * @throws java.nio.file.AccessDeniedException without permission
     * @throws java.nio.file.FileSystemException if the system refuses for another reason; then there is no new file
     */
    public static SharedMapping createNew(Path file, long size) throws IOException {
        checkSize(size, file);
        try (SharedFile made = SharedFile.make(file)) {
            return resized(made, size);
        }
    }

    private static SharedMapping resized(SharedFile file, long size) throws IOException {
        file.claimAndAllocate(size);
        return new SharedMapping(file, size, true);
    }

    /**
     * Maps the whole of an existing file. Nothing is allocated.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws java.nio.file.AccessDeniedException without permission
     * @throws java.nio.file.FileSystemException if the system refuses for another reason, or the file is empty or no
     *     regular file
     */
    public static SharedMapping open(Path file, Access access) throws IOException {
        boolean writable = Objects.requireNonNull(access) == Access.READ_WRITE;
        try (SharedFile opened = SharedFile.open(file, writable)) {
            return new SharedMapping(opened, opened.claimContent(), writable);
        }
    }

    /**
     * Memory without a file, zeroed, sealed against growing and shrinking. Pass it to a worker with
     * {@link WorkerProcess.Builder#passMapping}.
     *
     * @param name shown in /proc/PID/maps as {@code /memfd:name}; up to 249 bytes
     * @param size in bytes
     * @throws IllegalArgumentException if {@code size} is not positive
     * @throws IOException if the system refuses, or less memory than {@code size} is available; then none was allocated
     */
    public static SharedMapping anonymous(String name, long size) throws IOException {
        CStrings.withoutNul(name, "the name of a mapping");
        checkSize(size, name);
        try (SharedFile opened = SharedFile.memfd(name, size)) {
            opened.allocate(size);
            opened.seal();
            return new SharedMapping(opened, size, true);
        }
    }

    private static void checkSize(long size, Object name) {
        if (size <= 0) {
            throw new IllegalArgumentException(
                    "mapping of " + name + ": the size is " + size + ", it has to be positive");
        }
    }

    /** What a mapping of an existing file allows. */
    public enum Access {
        /** Its buffers are read-only. */
        READ_ONLY,
        /** Writes reach the file. */
        READ_WRITE
    }

    /** In bytes. */
    public long size() {
        return size;
    }

    /**
     * All of it, in native byte order.
     *
     * @throws IllegalStateException if it is closed, or larger than 2 GiB - 1. On JDK 22 and newer the artifact
     *     {@code belfry-ffm} gives a mapping of any size as a {@code MemorySegment}.
     */
    public ByteBuffer buffer() {
        if (size > Integer.MAX_VALUE) {
            throw new IllegalStateException(this + " is larger than a buffer can be: use buffer(offset, length)");
        }
        return buffer(0, (int) size);
    }

    /**
     * A part of it, in native byte order, position 0.
     *
     * @param offset in bytes
     * @param length in bytes
     * @throws IndexOutOfBoundsException if that isn't inside
     * @throws IllegalStateException if it is closed
     */
    public ByteBuffer buffer(long offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        ByteBuffer part = size > Integer.MAX_VALUE ? range.buffer(offset, length) : root().slice((int) offset, length);
        return (writable ? part : part.asReadOnlyBuffer()).order(ByteOrder.nativeOrder());
    }

    private synchronized ByteBuffer root() {
        if (root == null) {
            root = range.buffer(0, (int) size);
        }
        range.checkOpen();
        return root;
    }

    /**
     * Blocks until all of it has been written to the file: msync(2) with MS_SYNC.
     *
     * @throws IllegalStateException if it is closed
     * @throws UncheckedIOException if the system refuses, for example EIO
     */
    public void flush() {
        flush(0, size);
    }

    /**
     * The same for a part, and for what else is on its pages.
     *
     * @throws IndexOutOfBoundsException if that isn't inside
     */
    public void flush(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, size);
        int result;
        try {
            result = range.flush(offset, length);
        } finally {
            Reference.reachabilityFence(this);
        }
        if (result < 0) {
            throw new UncheckedIOException(
                    Errno.exception(-result, "msync " + name + " (" + length + " bytes at " + offset + ")"));
        }
    }

    /** Whether {@link #close} hasn't been called. */
    public boolean isOpen() {
        return range.isOpen();
    }

    /** Gives the file and the memory back. Buffers that are still held read zeroes from now on. Idempotent. */
    @Override
    public synchronized void close() {
        range.close();
        root = null;
    }

    MappedRange range() {
        return range;
    }

    @Override
    public String toString() {
        return range.toString();
    }
}
