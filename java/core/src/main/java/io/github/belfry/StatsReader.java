package io.github.belfry;

import java.io.IOException;
import java.nio.ByteBuffer;
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
final class StatsReader {
    private static final Pattern RING =
            Pattern.compile("/memfd:belfry-(requests|replies)-(.*)-([0-9]{1,7}) \\(deleted\\)", Pattern.DOTALL);

    private static final int TRIES = 5;

    private StatsReader() {}

    /** What a place has open: requests always, replies while it has a life. */
    private static final class Rings {
        private @Nullable Path requests;
        private @Nullable Path replies;
    }

    /** Tried again, for a descriptor may be closed, and its number another ring's, before it is opened. */
    static List<PoolStats> read(long pid) throws IOException {
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

    private static List<PoolStats> tryRead(long pid) throws IOException {
        Map<String, Map<Integer, Rings>> pools = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path file : files) {
                Matcher ring = RING.matcher(target(file));
                if (ring.matches()) {
                    Rings rings = pools.computeIfAbsent(ring.group(2), name -> new TreeMap<>())
                            .computeIfAbsent(Integer.valueOf(ring.group(3)), place -> new Rings());
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
        List<PoolStats> stats = new ArrayList<>();
        for (Map.Entry<String, Map<Integer, Rings>> pool : pools.entrySet()) {
            stats.add(new PoolStats(pool.getKey(), read(pool.getValue().values())));
        }
        return stats;
    }

    private static String target(Path file) throws IOException {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (NoSuchFileException closedMeanwhile) {
            return "";
        }
    }

    private static List<WorkerStats> read(Collection<Rings> places) throws IOException {
        List<WorkerStats> workers = new ArrayList<>();
        for (Rings place : places) {
            try (Header requests = Header.open(place.requests);
                    Header replies = Header.openIfAlive(place.replies)) {
                if (requests.isThere(Layout.REQUESTS_MAGIC)) {
                    requests.checkVersion();
                    // The master's version is the worker's, or it wouldn't run. What it writes there now is its own
                    // affair.
                    workers.add(WorkerStats.of(
                            requests.bytes(), replies.isThere(Layout.REPLIES_MAGIC) ? replies.bytes() : null));
                }
            }
        }
        return workers;
    }

    /** A mapped ring, or none. */
    private record Header(@Nullable SharedMapping mapping, ByteBuffer bytes) implements AutoCloseable {
        private static final Header NONE = new Header(null, ByteBuffer.allocate(0));

        static Header open(@Nullable Path file) throws IOException {
            if (file == null) {
                return NONE;
            }
            try {
                SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_ONLY);
                return new Header(mapping, mapping.buffer());
            } catch (IOException e) {
                if (RING.matcher(target(file)).matches()) {
                    throw e;
                }
                return NONE; // closed meanwhile, and the descriptor maybe something else's
            }
        }

        /** Lives come and go: what can't be mapped is being made, or over. */
        static Header openIfAlive(@Nullable Path file) {
            try {
                return open(file);
            } catch (IOException notNow) {
                return NONE;
            }
        }

        boolean isThere(int magic) {
            return mapping != null
                    && mapping.size() >= Native.pageSize()
                    && version() != 0
                    && bytes.getInt(Layout.MAGIC) == magic;
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
            if (mapping != null) {
                mapping.close();
            }
        }
    }
}
