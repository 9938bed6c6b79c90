package io.github.belfry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * A mapped range of addresses, from mmap until nobody can reach it.
 *
 * <p>Three things keep it: the mapping, each root buffer (which all its slices keep alive), and a call that is inside
 * it. The last one to go unmaps. Closing while a buffer may still be about puts private zero pages in the place of the
 * shared ones, in one step, so no stale buffer ever points into somebody else's memory:
 *
 * <pre>
 * map ---- close ----------------- last buffer unreachable
 * shared | private zero pages    | free
 *        ^ file closed           ^ munmap
 * </pre>
 *
 * <p>Zero pages and not pages that fault: HotSpot turns a SIGBUS into an InternalError for its own accesses only; zlib,
 * CRC32 and any other native reader of the buffer would end the VM.
 */
final class MappedRange {
    /** One is as good as ten, unless the last user of a range lets go of it meanwhile. */
    private static final int MOST_COLLECTIONS = 2;

    private static final long MOST_PAUSE_MILLIS = 256;

    /** A fraction of what the kernel allows a process (vm.max_map_count, 65,530): with a full table the VM itself dies. */
    private static final int FEW_BLANKED = 10_000;

    /** Ranges that were closed while a buffer was about, and wait for the garbage collector. */
    private static final AtomicInteger BLANKED = new AtomicInteger();

    /** So many are collected. More than at first where a collection found them still in use. */
    private static volatile int manyBlanked = FEW_BLANKED;

    private final long address;
    private final long length;
    private int fd;
    private int holders = 1;
    private boolean open = true;
    private boolean blanked;

    /** Takes over the descriptor. */
    MappedRange(int fd, long address, long length) {
        this.fd = fd;
        this.address = address;
        this.length = length;
    }

    /**
     * mmap(2). The kernel limits how many ranges a process has and how much address space (RLIMIT_AS); what only waits
     * for the garbage collector is collected before either is used up.
     */
    static long map(int fd, long length, boolean writable, String name) throws IOException {
        return map(() -> Native.map(fd, length, writable), "mmap " + name + " (" + length + " bytes)");
    }

    /** The same for a ring behind its header. */
    static long mapRing(int fd, long header, long ring, boolean writable, String name) throws IOException {
        return map(
                () -> Native.mapRing(fd, header, ring, writable),
                "mmap " + name + " (" + header + " bytes and twice " + ring + ")");
    }

    private static long map(LongSupplier mmap, String tried) throws IOException {
        if (BLANKED.get() >= manyBlanked) {
            collectMany();
        }
        long address = mmap.getAsLong();
        if (address == -Errno.ENOMEM && BLANKED.get() > 0) {
            long[] again = {address};
            collect(() -> (again[0] = mmap.getAsLong()) != -Errno.ENOMEM);
            address = again[0];
        }
        return Errno.check(address, tried);
    }

    /** Of all the threads that come here at once, one does it for all. */
    private static synchronized void collectMany() {
        if (BLANKED.get() >= manyBlanked) {
            collect(() -> BLANKED.get() < FEW_BLANKED / 2);
            manyBlanked = Math.max(FEW_BLANKED, 2 * BLANKED.get());
        }
    }

    /** One thread at a time: the next finds what this one has freed. The cleaner's own thread needs a moment. */
    private static synchronized void collect(BooleanSupplier isEnough) {
        boolean enough = isEnough.getAsBoolean();
        for (int collections = 0; !enough && collections < MOST_COLLECTIONS; collections++) {
            System.gc();
            for (long millis = 1; !enough && millis <= MOST_PAUSE_MILLIS; millis *= 2) {
                Uninterruptible.sleepMillis(millis);
                enough = isEnough.getAsBoolean();
            }
        }
    }

    /** Gives up the mapping's own hold when {@code owner} is unreachable without having been closed. */
    void releaseWhenUnreachable(Object owner) {
        Native.CLEANER.register(owner, this::abandon);
    }

    /** A buffer that keeps the range until it and all its slices are unreachable. */
    synchronized ByteBuffer buffer(Object owner, long offset, int size) {
        checkOpen(owner);
        ByteBuffer buffer = Native.directBuffer(address + offset, size);
        Native.CLEANER.register(buffer, this::release);
        holders++;
        return buffer;
    }

    int flush(Object owner, long offset, long size) {
        synchronized (this) {
            checkOpen(owner);
            holders++;
        }
        try {
            long slack = (address + offset) % Native.pageSize();
            return Native.sync(address + offset - slack, size + slack);
        } finally {
            release();
        }
    }

    synchronized int duplicateDescriptor(Object owner) {
        checkOpen(owner);
        return Native.duplicate(fd);
    }

    synchronized boolean isOpen() {
        return open;
    }

    synchronized void checkOpen(Object owner) {
        if (!open) {
            throw new IllegalStateException(owner + " is closed");
        }
    }

    synchronized void close() {
        if (!open) {
            return;
        }
        if (holders > 1) {
            blank();
        }
        abandon();
    }

    /** Refused only where the kernel counts address space strictly; then the pages stay until the last buffer goes. */
    private void blank() {
        if (Native.blank(address, length) >= 0) {
            blanked = true;
            BLANKED.incrementAndGet();
        }
    }

    /** The mapping lets go: of the file now, of the pages when no buffer is left. */
    private synchronized void abandon() {
        if (open) {
            open = false;
            Native.close(fd);
            release();
        }
    }

    private synchronized void release() {
        holders--;
        if (holders == 0) {
            Native.unmap(address, length);
            if (blanked) {
                BLANKED.decrementAndGet();
            }
        }
    }
}
