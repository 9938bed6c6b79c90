package io.github.belfry.internal.ring;

import io.github.belfry.Doorbell;
import io.github.belfry.internal.memory.MappedRange;
import io.github.belfry.internal.memory.SharedFile;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A memfd of a header and a ring, mapped so that the ring comes twice in a row and each record is one piece. After
 * {@code close} everything reads as zero and what is written is lost, as with {@code SharedMapping}.
 */
public final class RingMemory implements AutoCloseable {
    private final MappedRange range;
    private final int fd;
    private final ByteBuffer bytes;
    private final int headerBytes;
    private final int ringBytes;

    private RingMemory(SharedFile file, int headerBytes, int ringBytes, boolean writable) throws IOException {
        this.fd = file.fd();
        this.range = MappedRange.mapRing(file, headerBytes, ringBytes, writable);
        this.headerBytes = headerBytes;
        this.ringBytes = ringBytes;
        range.releaseWhenUnreachable(this);
        ByteBuffer all = range.buffer(0, headerBytes + 2 * ringBytes);
        this.bytes = (writable ? all : all.asReadOnlyBuffer()).order(ByteOrder.nativeOrder());
    }

    /** Only the master may write it. */
    public static RingMemory requests(String name, int ringBytes) throws IOException {
        int header = Native.pageSize();
        try (SharedFile file = SharedFile.memfd(name, (long) header + ringBytes)) {
            file.allocate((long) header + ringBytes);
            RingMemory memory = new RingMemory(file, header, ringBytes, true);
            try {
                file.sealForOneWriter();
            } catch (IOException e) {
                memory.close();
                throw e;
            }
            return memory;
        }
    }

    /** Tells the worker of its slot. The version comes last: it says that the rest is there. */
    public void writeHeader(long pool, int slot, Doorbell doorbell, long spinNanos) {
        setInt(Layout.MAGIC, Layout.REQUESTS_MAGIC);
        setInt(Layout.HEADER_BYTES, headerBytes);
        setInt(Layout.RING_BYTES, ringBytes);
        setInt(Layout.DOORBELL, doorbell.ordinal());
        setInt(Layout.SLOT, slot);
        set(Layout.SPIN_NANOS, spinNanos);
        set(Layout.POOL, pool);
        setInt(Layout.HEADER_VERSION, Layout.VERSION);
    }

    /** The worker's to write, for us to read. */
    public static RingMemory replies(String name, int ringBytes) throws IOException {
        int header = Native.pageSize();
        try (SharedFile file = SharedFile.memfd(name, (long) header + ringBytes)) {
            file.allocate((long) header + ringBytes);
            file.seal();
            return new RingMemory(file, header, ringBytes, false);
        }
    }

    /** The descriptor, valid until {@code close}. */
    public int fd() {
        return fd;
    }

    public int ringBytes() {
        return ringBytes;
    }

    public int headerBytes() {
        return headerBytes;
    }

    /** For the VarHandles of {@link Layout}. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Where a cursor points, as an offset in {@link #bytes}. */
    public int offset(long cursor) {
        return headerBytes + ((int) cursor & (ringBytes - 1));
    }

    /** A part of the ring, in native order; it may reach beyond the ring's end. */
    ByteBuffer slice(int offset, int size) {
        return bytes.slice(offset, size).order(ByteOrder.nativeOrder());
    }

    public long get(int word) {
        return (long) Layout.LONG.getOpaque(bytes, word);
    }

    public long getAcquire(int word) {
        return (long) Layout.LONG.getAcquire(bytes, word);
    }

    public int getInt(int word) {
        return (int) Layout.INT.getAcquire(bytes, word);
    }

    public void set(int word, long value) {
        Layout.LONG.setOpaque(bytes, word, value);
    }

    public void setRelease(int word, long value) {
        Layout.LONG.setRelease(bytes, word, value);
    }

    public void setInt(int word, int value) {
        Layout.INT.setRelease(bytes, word, value);
    }

    /** For a word with one writer at a time. */
    public void add(int word, long value) {
        set(word, get(word) + value);
    }

    public void addAtomically(int word, long value) {
        Layout.LONG.getAndAdd(bytes, word, value);
    }

    @Override
    public void close() {
        range.close();
    }
}
