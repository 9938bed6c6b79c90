package io.github.belfry.internal.ring;

import io.github.belfry.internal.memory.MappedRange;
import io.github.belfry.internal.memory.SharedFile;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the rings of another VM's pools among its open files, see proc_pid_fd(5), and reads their headers. */
public final class StatsReader {
    private static final Pattern RING =
            Pattern.compile("/memfd:belfry-(requests|replies)-(.*)-([0-9]{1,7}) \\(deleted\\)", Pattern.DOTALL);

    private static final int TRIES = 5;

    private StatsReader() {}

    /** What a slot has open: requests always, replies while it has an incarnation. */
    private static final class Rings {
        private @Nullable Path requests;
        private @Nullable Path replies;
    }

    /**
     * By the pool's name. Tried again, for a descriptor may be closed, and its number another ring's, before it is
     * opened.
     */
    public static Map<String, List<SlotCounters>> read(long pid) throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                return tryRead(pid);
            } catch (IOException e) {
                if (tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    private static Map<String, List<SlotCounters>> tryRead(long pid) throws IOException {
        Map<String, Map<Integer, Rings>> pools = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path file : files) {
                Matcher ring = RING.matcher(target(file));
                if (ring.matches()) {
                    Rings rings = pools.computeIfAbsent(ring.group(2), name -> new TreeMap<>())
                            .computeIfAbsent(Integer.valueOf(ring.group(3)), slot -> new Rings());
                    if (ring.group(1).equals("requests")) {
                        rings.requests = file;
                    } else {
                        rings.replies = file;
                    }
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new IOException("there is no process " + pid, e);
        } catch (AccessDeniedException e) {
            throw new IOException("process " + pid + " is another user's: its open files can't be seen", e);
        }
        Map<String, List<SlotCounters>> counters = new TreeMap<>();
        for (Map.Entry<String, Map<Integer, Rings>> pool : pools.entrySet()) {
            counters.put(pool.getKey(), read(pool.getValue().values()));
        }
        return counters;
    }

    private static String target(Path file) throws IOException {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (NoSuchFileException closedMeanwhile) {
            return "";
        }
    }

    private static List<SlotCounters> read(Collection<Rings> slots) throws IOException {
        List<SlotCounters> counters = new ArrayList<>();
        for (Rings slot : slots) {
            try (Header requests = Header.open(slot.requests);
                    Header replies = Header.openIfAlive(slot.replies)) {
                if (requests.isThere(Layout.REQUESTS_MAGIC)) {
                    requests.checkVersion();
                    // The worker's version is the master's, or it wouldn't run; later it may write anything there.
                    counters.add(SlotCounters.of(
                            requests.bytes(), replies.isThere(Layout.REPLIES_MAGIC) ? replies.bytes() : null));
                }
            }
        }
        return counters;
    }

    /** The header of a ring, mapped; or none. */
    private record Header(@Nullable MappedRange range, ByteBuffer bytes) implements AutoCloseable {
        private static final Header NONE = new Header(null, ByteBuffer.allocate(0));

        static Header open(@Nullable Path path) throws IOException {
            if (path == null) {
                return NONE;
            }
            try (SharedFile file = SharedFile.open(path, false)) {
                file.checkContent();
                int size = (int) Math.min(file.size(), Native.pageSize());
                MappedRange range = MappedRange.map(file, size, false);
                return new Header(range, range.buffer(0, size).order(ByteOrder.nativeOrder()));
            } catch (IOException e) {
                if (RING.matcher(target(path)).matches()) {
                    throw e;
                }
                return NONE; // closed meanwhile, and the descriptor maybe something else's
            }
        }

        /** Incarnations come and go: what can't be mapped is being made, or over. */
        static Header openIfAlive(@Nullable Path path) {
            try {
                return open(path);
            } catch (IOException notNow) {
                return NONE;
            }
        }

        boolean isThere(int magic) {
            return bytes.capacity() >= Native.pageSize() && version() != 0 && bytes.getInt(Layout.MAGIC) == magic;
        }

        private int version() {
            return (int) Layout.INT.getAcquire(bytes, Layout.HEADER_VERSION);
        }

        void checkVersion() throws IOException {
            if (version() != Layout.VERSION) {
                throw new IOException(
                        "its rings have layout version " + version() + ", this program reads " + Layout.VERSION);
            }
        }

        @Override
        public void close() {
            if (range != null) {
                range.close();
            }
        }
    }
}
