package io.github.belfry.benchmarks;

import io.github.belfry.SharedMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.runner.RunnerException;

/** Shared memory from its making to its end, each page written to. */
final class MappingSuite {
    /**
     * A part of the suite.
     *
     * @param maps how often a full run does it
     * @param most how many times C's time ours may be; 0: no target
     */
    record Size(String title, int bytes, int maps, double most) {
        int measured(Effort effort) {
            return effort.count(maps);
        }

        int warmUp(Effort effort) {
            return effort.warmUp(maps, maps);
        }

        Target[] targets(String floor) {
            return most == 0 ? new Target[0] : new Target[] {new Target(50, floor, most)};
        }
    }

    static final List<Size> SIZES = List.of(
            new Size("4 KiB", 4 << 10, 5_000, 1.5),
            new Size("64 KiB", 64 << 10, 5_000, 1.3),
            new Size("1 MiB", 1 << 20, 500, 0),
            new Size("64 MiB", 64 << 20, 20, 1.05));

    private static final Path MEMORY = Path.of("/dev/shm");

    private final Bench bench;
    private final Path directory;
    private final SharedFork anonymous;
    private final SharedFork open;
    private final SharedFork fileChannel;
    private final List<Subject> subjects = new ArrayList<>();

    private MappingSuite(Bench bench) {
        this.bench = bench;
        Path parent = Files.isWritable(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
        directory = parent.resolve("belfry-benchmark-" + ProcessHandle.current().pid());
        anonymous = fork("anonymous");
        open = fork("open");
        fileChannel = fork("fileChannel");
    }

    private SharedFork fork(String method) {
        Map<String, String> parameters =
                Map.of("percent", Integer.toString(bench.effort().percent()), "directory", directory.toString());
        return bench.sharedFork(MapTouchUnmap.class, method, parameters, List.of());
    }

    static Suite of(Bench bench) {
        MappingSuite suite = new MappingSuite(bench);
        SIZES.forEach(suite::addAll);
        return new Suite(
                "mapping",
                "Map, touch, unmap",
                "Until it is mapped and a byte of each page written, and from there until it is given back. New memory is a"
                        + " memfd: `memfd_create`, `posix_fallocate`, seals, `mmap`; ours also asks whether there is enough"
                        + " memory. The file, in " + suite.directory.getParent()
                        + ", is there already: `open`, `fstat`,"
                        + " `mmap`. C ends with `munmap` and `close`; ours puts zero pages in the place of the mapping, for"
                        + " buffers that may still be held, and leaves `munmap` to the collector; FileChannel.map has"
                        + " no end but the collector, and is unmapped by `sun.misc.Unsafe.invokeCleaner`.",
                suite.subjects);
    }

    private void addAll(Size size) {
        String memfd = "memfd-" + size.bytes();
        String file = "file-" + size.bytes();
        String newMemory = "new, " + size.title();
        String existing = "a file, " + size.title();
        subjects.add(Subject.floor(memfd, newMemory, "C, memfd", Unit.MICROSECONDS, floor("memfd", size)));
        subjects.add(Subject.ours(
                "anonymous-" + size.bytes(),
                newMemory,
                "Java, SharedMapping.anonymous",
                Unit.MICROSECONDS,
                anonymous.row(size.title()),
                size.targets(memfd)));
        subjects.add(Subject.floor(
                file,
                existing,
                "C, mmap",
                Unit.MICROSECONDS,
                withFiles(
                        floor(directory.resolve(Integer.toString(size.bytes())).toString(), size))));
        subjects.add(Subject.ours(
                "open-" + size.bytes(),
                existing,
                "Java, SharedMapping.open",
                Unit.MICROSECONDS,
                withFiles(open.row(size.title())),
                size.targets(file)));
        subjects.add(Subject.peer(
                "file-channel-" + size.bytes(),
                existing,
                "Java, FileChannel.map",
                Unit.MICROSECONDS,
                withFiles(fileChannel.row(size.title()))));
    }

    private Contender floor(String what, Size size) {
        int measured = size.measured(bench.effort());
        return bench.floor(
                measured,
                "bench_map",
                what,
                size.bytes(),
                size.warmUp(bench.effort()),
                measured,
                bench.settings().cpus().sender());
    }

    private Contender withFiles(Contender contender) {
        return () -> measureWithFiles(contender);
    }

    private Histogram measureWithFiles(Contender contender) throws IOException, InterruptedException, RunnerException {
        List<Path> made = new ArrayList<>(List.of(Files.createDirectory(directory)));
        directory.toFile().deleteOnExit(); // Ctrl+C comes to no finally
        try {
            for (Size size : SIZES) {
                Path file = directory.resolve(Integer.toString(size.bytes()));
                file.toFile().deleteOnExit();
                SharedMapping.create(file, size.bytes()).close();
                made.add(0, file);
            }
            return contender.measure();
        } finally {
            for (Path path : made) {
                Files.delete(path);
            }
        }
    }
}
