package io.github.belfry.internal.memory;

import io.github.belfry.internal.sys.Native;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of a file a mapping has, or is about to have: while the claim is held, no other mapping of this VM
 * makes the file smaller than that. An access beyond a file's end is a SIGBUS, which ends the VM in a native reader of
 * a buffer. Files are told apart by device and inode, so all names of a file are one.
 *
 * <p>A size that was read before it is claimed may have been cut in between. CUTS tells:
 *
 * <pre>
 * open                                  a file is cut
 *   before = cuts()                       take the file's monitor
 *   size = fstat                            a claim is larger: refused
 *   claim size, under the monitor           ftruncate
 *   cuts() is still before: size is right   CUTS + 1
 * </pre>
 */
final class FileClaim {
    private record Id(long device, long inode) {}

    /** All claims on a file. Its monitor is held while the file is cut. */
    private static final class Claims {
        /** Changed inside the map's compute only. */
        private int holders;

        /** How many there are of each size. */
        private final TreeMap<Long, Integer> sizes = new TreeMap<>();

        private void add(long size) {
            sizes.merge(size, 1, Integer::sum);
        }

        private void remove(long size) {
            sizes.computeIfPresent(size, (same, count) -> count == 1 ? null : count - 1);
        }
    }

    private static final ConcurrentHashMap<Id, Claims> FILES = new ConcurrentHashMap<>();
    private static final AtomicLong CUTS = new AtomicLong();

    private final Id id;
    private final Claims file;
    private long size;

    private FileClaim(Id id, Claims file, long size) {
        this.id = id;
        this.file = file;
        this.size = size;
    }

    static FileClaim of(long device, long inode, long size) {
        Id id = new Id(device, inode);
        Claims file = FILES.compute(id, (same, known) -> {
            Claims claims = known == null ? new Claims() : known;
            claims.holders++;
            return claims;
        });
        synchronized (file) {
            file.add(size);
        }
        return new FileClaim(id, file, size);
    }

    /** How often any file has been cut. */
    static long cuts() {
        return CUTS.get();
    }

    long size() {
        return size;
    }

    /** Claims no more than that. */
    void lower(long smaller) {
        synchronized (file) {
            file.remove(size);
            size = smaller;
            file.add(size);
        }
    }

    boolean isOnly() {
        synchronized (file) {
            return file.sizes.size() == 1 && file.sizes.firstEntry().getValue() == 1;
        }
    }

    /** ftruncate(2) to this size: 0, -errno, or the size of a larger claim, and then the file is as it was. */
    long cut(int fd) {
        synchronized (file) {
            long largest = file.sizes.lastKey();
            if (largest > size) {
                return largest;
            }
            int result = Native.ftruncate(fd, size);
            CUTS.incrementAndGet();
            return result;
        }
    }

    /** To be called once, when no page of the file is mapped any more. */
    void release() {
        synchronized (file) {
            file.remove(size);
        }
        FILES.computeIfPresent(id, (same, claims) -> --claims.holders == 0 ? null : claims);
    }
}
