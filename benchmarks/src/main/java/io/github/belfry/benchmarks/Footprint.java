package io.github.belfry.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What processes and threads use, as /proc says. */
final class Footprint {
    private static final Path PROC = Path.of("/proc");
    private static final Path OWN_THREADS = PROC.resolve("self/task");
    private static final String PSS = "Pss:";

    /** Words of schedstat. */
    private static final int NANOS = 0;

    private static final int TURNS = 2;

    private Footprint() {}

    /** Memory, of what is shared with others its part only. */
    static long pssKib(List<Long> pids) throws IOException {
        long sum = 0;
        for (long pid : pids) {
            sum += pssKib(PROC.resolve(Long.toString(pid)));
        }
        return sum;
    }

    static long ownPssKib() throws IOException {
        return pssKib(PROC.resolve("self"));
    }

    private static long pssKib(Path process) throws IOException {
        for (String line : Files.readAllLines(process.resolve("smaps_rollup"))) {
            if (line.startsWith(PSS)) {
                return Long.parseLong(
                        line.substring(PSS.length()).replace("kB", "").trim());
            }
        }
        throw new IOException(process + " has no Pss");
    }

    /** Time on a processor so far, of processes with one thread each, and of this one's threads of that name. */
    static long cpuNanos(List<Long> pids, String threadsOfName) throws IOException {
        return schedstats(pids, threadsOfName, NANOS);
    }

    /** How often one of these processes, or a thread of this one, has got a processor so far. */
    static long turns(List<Long> pids) throws IOException {
        return schedstats(pids, "", TURNS);
    }

    private static long schedstats(List<Long> pids, String threadsOfName, int word) throws IOException {
        long sum = 0;
        for (long pid : pids) {
            sum += schedstat(PROC.resolve(Long.toString(pid)), word);
        }
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(OWN_THREADS)) {
            for (Path thread : threads) {
                sum += ofOwnThread(thread, threadsOfName, word);
            }
        }
        return sum;
    }

    /** 0 for one of another name, and for one that ends meanwhile. */
    private static long ofOwnThread(Path thread, String name, int word) {
        try {
            return Files.readString(thread.resolve("comm")).startsWith(name) ? schedstat(thread, word) : 0;
        } catch (IOException ended) {
            return 0;
        }
    }

    private static long schedstat(Path task, int word) throws IOException {
        return Long.parseLong(
                Files.readString(task.resolve("schedstat")).trim().split(" ")[word]);
    }
}
