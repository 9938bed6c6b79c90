package io.github.belfry.internal.memory;

import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.internal.sys.Uninterruptible;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A mapped range of addresses, from mmap until it is unreachable.
 *
 * <p>Three things keep it: the mapping, each root buffer (which all its slices keep alive), and a call that is inside
 * it. The last one to go unmaps. Closing while a buffer may still be about puts private zero pages in the place of the
 * shared ones, in one step, so no stale buffer ever points into memory of other use:
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
public final class MappedRange {
    /** Maximum System.gc() calls per attempt: one frees what is unreachable, a second what has become so meanwhile. */
    private static final int MAX_COLLECTIONS = 2;

    private static final long MAX_PAUSE_MILLIS = 256;

    /**
     * A fraction of what the kernel allows a process (vm.max_map_count, 65,530): with a full table the VM itself dies.
     */
    private static final int MIN_BLANKED_LIMIT = 10_000;

    /** Ranges that were closed while a buffer was about, and wait for the garbage collector. */
    private static final AtomicInteger BLANKED = new AtomicInteger();

    /** At so many a collection is asked for. Raised where a collection found them still in use. */
    private static volatile int blankedLimit = MIN_BLANKED_LIMIT;

    private final Supplier<String> description;
    private final long address;
    private final long length;
    private final boolean writable;
    private final int fd;

    /** On the bytes that the pages show, until they do no more. */
    private final @Nullable FileClaim claim;

    private int holders = 1;
    private boolean open = true;
    private boolean blanked;

    private MappedRange(Supplier<String> description, SharedFile file, long address, long length, boolean writable)
            throws IOException {
        this.fd = file.take();
        this.claim = file.claim();
        this.description = description;
        this.address = address;
        this.length = length;
        this.writable = writable;
    }

    /**
     * mmap(2) of the file's first {@code length} bytes; takes the file. The kernel limits how many ranges a process has
     * and how much address space (RLIMIT_AS); what only waits for the garbage collector is collected before either is
     * used up.
     */
    public static MappedRange map(SharedFile file, long length, boolean writable) throws IOException {
        String name = file.toString();
        long address = map(() -> Native.map(file.fd(), length, writable));
        if (address < 0) {
            throw file.failure((int) -address, "mmap", " (" + length + " bytes)");
        }
        return take(() -> "mapping of " + name + " (" + length + " bytes)", file, address, length, writable);
    }

    /** The same for a ring behind its header, which is mapped twice in a row. */
    public static MappedRange mapRing(SharedFile file, long header, long ring, boolean writable) throws IOException {
        String what = file + " (" + header + " bytes and twice " + ring + ")";
        long address = Errno.check(map(() -> Native.mapRing(file.fd(), header, ring, writable)), "mmap " + what);
        return take(() -> "ring " + what, file, address, header + 2 * ring, writable);
    }

    private static MappedRange take(
            Supplier<String> description, SharedFile file, long address, long length, boolean writable)
            throws IOException {
        try {
            return new MappedRange(description, file, address, length, writable);
        } catch (IOException e) {
            Native.unmap(address, length);
            throw e;
        }
    }

    /** The address or -errno. */
    private static long map(LongSupplier mmap) {
        if (BLANKED.get() >= blankedLimit) {
            collectMany();
        }
        long address = mmap.getAsLong();
        if (address == -Errno.ENOMEM && BLANKED.get() > 0) {
            long[] again = {address};
            collect(() -> (again[0] = mmap.getAsLong()) != -Errno.ENOMEM);
            address = again[0];
        }
        return address;
    }

    /** Of all the threads that come here at once, one does it for all. */
    private static synchronized void collectMany() {
        if (BLANKED.get() >= blankedLimit) {
            collect(() -> BLANKED.get() < MIN_BLANKED_LIMIT / 2);
            blankedLimit = Math.max(MIN_BLANKED_LIMIT, 2 * BLANKED.get());
        }
    }

    /** One thread at a time: the next finds what this one has freed. The cleaner's own thread needs a moment. */
    private static synchronized void collect(BooleanSupplier isEnough) {
        boolean enough = isEnough.getAsBoolean();
        for (int collections = 0; !enough && collections < MAX_COLLECTIONS; collections++) {
            System.gc();
            for (long millis = 1; !enough && millis <= MAX_PAUSE_MILLIS; millis *= 2) {
                Uninterruptible.sleepMillis(millis);
                enough = isEnough.getAsBoolean();
            }
        }
    }

    /** Gives up the mapping's own hold when {@code owner} is unreachable without having been closed. */
    public void releaseWhenUnreachable(Object owner) {
        Native.CLEANER.register(owner, this::abandon);
    }

    /** A buffer that keeps the range until it and all its slices are unreachable. */
    public synchronized ByteBuffer buffer(long offset, int size) {
        checkOpen();
        ByteBuffer buffer = Native.directBuffer(address + offset, size);
        Native.CLEANER.register(buffer, this::release);
        holders++;
        return buffer;
    }

    /** Keeps the range until {@link #release} is called, once; its address. */
    public synchronized long hold() {
        checkOpen();
        holders++;
        return address;
    }

    public boolean isWritable() {
        return writable;
    }

    public int flush(long offset, long size) {
        long start = hold() + offset;
        try {
            long slack = start % Native.pageSize();
            return Native.sync(start - slack, size + slack);
        } finally {
            release();
        }
    }

    /** A new descriptor of its file, the caller's to close, or -errno. */
    public synchronized int duplicateDescriptor() {
        checkOpen();
        return Native.duplicate(fd);
    }

    public synchronized boolean isOpen() {
        return open;
    }

    /** Throws IllegalStateException after {@link #close}. */
    public synchronized void checkOpen() {
        if (!open) {
            throw new IllegalStateException(this + " is closed");
        }
    }

    public synchronized void close() {
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
            releaseClaim();
        }
    }

    private void releaseClaim() {
        if (claim != null) {
            claim.release();
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

    /** The end of a hold. */
    public synchronized void release() {
        holders--;
        if (holders == 0) {
            Native.unmap(address, length);
            if (blanked) {
                BLANKED.decrementAndGet();
            } else {
                releaseClaim();
            }
        }
    }

    @Override
    public String toString() {
        return description.get();
    }
}
