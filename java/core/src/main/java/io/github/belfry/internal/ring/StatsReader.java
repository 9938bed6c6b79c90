package io.github.belfry.internal.ring;

import io.github.belfry.internal.memory.SharedFile;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.internal.sys.Uninterruptible;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rings of another VM's pools among its open files, see proc_pid_fd(5), and reads their headers. That process
 * may be anything and do anything meanwhile: what isn't a ring is an IOException.
 */
public final class StatsReader {
    private static final Pattern RING =
            Pattern.compile("/memfd:belfry-(requests|replies)-(.*)-([0-9]{1,7}) \\(deleted\\)", Pattern.DOTALL);

    private static final int TRIES = 5;

    /** The smallest page: all words of a header are in it. */
    private static final int HEADER_BYTES = 4096;

    private final ByteBuffer requestsHeader = newHeader();
    private final ByteBuffer repliesHeader = newHeader();

    private StatsReader() {}

    private static ByteBuffer newHeader() {
        return ByteBuffer.allocateDirect(HEADER_BYTES).order(ByteOrder.nativeOrder());
    }

    /** A descriptor of the process, and what it was a descriptor of. */
    private record Found(Path link, String name) {}

    /** What a slot has open: requests always, replies while it has an incarnation. */
    private static final class Rings {
        private @Nullable Found requests;
        private @Nullable Found replies;
    }

    /**
     * By the pool's name. Tried again, because a pool may just be started or closed. Blocks for some milliseconds then,
     * not interruptibly.
     */
    public static Map<String, List<SlotCounters>> read(long pid) throws IOException {
        StatsReader reader = new StatsReader();
        for (int tries = 1; ; tries++) {
            try {
                return reader.tryRead(pid);
            } catch (IOException e) {
                if (tries == TRIES) {
                    throw e;
                }
                Uninterruptible.sleepMillis(tries);
            }
        }
    }

    private Map<String, List<SlotCounters>> tryRead(long pid) throws IOException {
        Map<String, List<SlotCounters>> counters = new TreeMap<>();
        for (Map.Entry<String, Map<Integer, Rings>> pool : find(pid).entrySet()) {
            counters.put(pool.getKey(), read(pool.getValue()));
        }
        return counters;
    }

    private static Map<String, Map<Integer, Rings>> find(long pid) throws IOException {
        Map<String, Map<Integer, Rings>> pools = new TreeMap<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path link : links) {
                Found found = new Found(link, target(link));
                Matcher ring = RING.matcher(found.name());
                if (ring.matches()) {
                    Rings rings = pools.computeIfAbsent(ring.group(2), name -> new TreeMap<>())
                            .computeIfAbsent(Integer.valueOf(ring.group(3)), slot -> new Rings());
                    if (ring.group(1).equals("requests")) {
                        rings.requests = found;
                    } else {
                        rings.replies = found;
                    }
                }
            }
        } catch (NoSuchFileException | NotDirectoryException | DirectoryIteratorException e) {
            throw new IOException("there is no process " + pid, e);
        } catch (AccessDeniedException e) {
            throw new IOException("process " + pid + " is another user's: its open files can't be seen", e);
        }
        return pools;
    }

    private static String target(Path link) throws IOException {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (NoSuchFileException closedMeanwhile) {
            return "";
        }
    }

    private List<SlotCounters> read(Map<Integer, Rings> slots) throws IOException {
        List<SlotCounters> counters = new ArrayList<>();
        for (Map.Entry<Integer, Rings> slot : slots.entrySet()) {
            try (RingFile requests = RingFile.open(slot.getValue().requests, requestsHeader);
                    RingFile replies = RingFile.open(slot.getValue().replies, repliesHeader)) {
                if (requests == null && replies != null) {
                    replies.isDescribed(Layout.REPLIES_MAGIC); // of a closed pool, while a callback reads them
                } else if (requests != null && requests.isDescribed(Layout.REQUESTS_MAGIC)) {
                    requests.check((int) Layout.INT.getAcquire(requests.look(), Layout.SLOT) == slot.getKey());
                    counters.add(SlotCounters.of(requests, replies != null && replies.hasWorker() ? replies : null));
                }
            }
        }
        return counters;
    }

    /** A ring in another process, which may cut it off at any time: its header is copied, and never mapped. */
    private record RingFile(SharedFile file, ByteBuffer header)
            implements SlotCounters.Header<IOException>, AutoCloseable {

        /** Null when it was closed meanwhile; the descriptor may be something else's by now. */
        static @Nullable RingFile open(@Nullable Found found, ByteBuffer header) throws IOException {
            SharedFile file = found == null ? null : openIfThere(found);
            boolean done = false;
            try {
                if (file == null || !found.name().equals(target(Path.of("/proc/self/fd/" + file.fd())))) {
                    return null;
                }
                file.check();
                done = true;
                return new RingFile(file, header);
            } finally {
                if (file != null && !done) {
                    file.close();
                }
            }
        }

        private static @Nullable SharedFile openIfThere(Found found) throws IOException {
            try {
                return SharedFile.open(found.link(), false);
            } catch (IOException e) {
                if (target(found.link()).equals(found.name())) {
                    throw e;
                }
                return null;
            }
        }

        @Override
        public ByteBuffer look() throws IOException {
            check(Errno.check(Native.pread(file.fd(), header, 0), "pread " + file) == HEADER_BYTES);
            return header;
        }

        void check(boolean isRing) throws IOException {
            if (!isRing) {
                throw new IOException(
                        file + " is no ring of a Belfry pool, by its size (" + file.size() + " bytes) or its header");
            }
        }

        private long ringBytes() {
            return file.size() - Native.pageSize();
        }

        private int word(int word) {
            return (int) Layout.INT.getAcquire(header, word);
        }

        /** False while it is being made: its size is there before its header. */
        boolean isDescribed(int magic) throws IOException {
            look();
            check(Layout.isRingBytes(ringBytes()));
            int version = word(Layout.HEADER_VERSION);
            if (version == 0) {
                return false;
            }
            check(word(Layout.MAGIC) == magic);
            if (version != Layout.VERSION) {
                throw new IOException(
                        "its rings have layout version " + version + ", this program reads " + Layout.VERSION);
            }
            check(word(Layout.HEADER_BYTES) == Native.pageSize() && word(Layout.RING_BYTES) == ringBytes());
            return true;
        }

        /** Whether replies have a worker. They may be in the making; and a hostile worker writes what it likes. */
        boolean hasWorker() throws IOException {
            if (file.size() == 0) {
                return false;
            }
            check(Layout.isRingBytes(ringBytes()));
            look();
            return word(Layout.HEADER_VERSION) != 0 && word(Layout.MAGIC) == Layout.REPLIES_MAGIC;
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
