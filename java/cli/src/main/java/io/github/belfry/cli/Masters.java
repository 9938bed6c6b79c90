package io.github.belfry.cli;

import io.github.belfry.PoolStats;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds the processes that have pools by their open files, see proc_pid_fd(5). */
final class Masters {
    private static final String RING = "/memfd:belfry-requests-";

    /** As fdinfo shows it, in octal; see open(2). */
    private static final int CLOSE_ON_EXEC = 0_2000000;

    private Masters() {}

    /** @param command with its arguments */
    record Entry(long pid, List<String> command, List<PoolStats> pools) {
        int workers() {
            return pools.stream().mapToInt(pool -> pool.workers().size()).sum();
        }
    }

    /** Those whose open files this process may see, by pid. What keeps one of them from being read is said. */
    static List<Entry> list(PrintWriter err) throws IOException {
        List<Path> processes = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            all.forEach(processes::add);
        }
        processes.removeIf(process -> !hasRings(process));
        // Again, because until its execve a child that is being started has what its master has.
        processes.removeIf(process -> !hasRings(process));
        List<Entry> masters = new ArrayList<>();
        for (Path process : processes) {
            Master master = Master.of(Long.parseLong(process.getFileName().toString()));
            try {
                List<PoolStats> pools = PoolStats.of(master.pid());
                if (!pools.isEmpty()) {
                    masters.add(new Entry(master.pid(), command(process), pools));
                }
            } catch (IOException e) {
                if (master.isAlive()) {
                    String why = Terminal.oneLine(String.valueOf(e.getMessage()));
                    err.println("belfry: process " + master.pid() + ": " + why);
                }
            }
        }
        masters.sort(Comparator.comparingLong(Entry::pid));
        return masters;
    }

    private static boolean hasRings(Path process) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : files) {
                if (isRing(process, file)) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException foreignOrEnded) {
            // It isn't listed.
        }
        return false;
    }

    /** One of its own: a worker that starts has one as well, but inherited, and so without the flag. */
    private static boolean isRing(Path process, Path file) {
        try {
            return Files.readSymbolicLink(file).toString().startsWith(RING)
                    && (flags(process.resolve("fdinfo").resolve(file.getFileName())) & CLOSE_ON_EXEC) != 0;
        } catch (IOException closed) {
            return false;
        }
    }

    private static int flags(Path fdinfo) throws IOException {
        for (String line : Files.readAllLines(fdinfo)) {
            if (line.startsWith("flags:")) {
                return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip(), 8);
            }
        }
        return 0;
    }

    private static List<String> command(Path process) throws IOException {
        String words = new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
        return List.of(words.split("\0"));
    }
}
