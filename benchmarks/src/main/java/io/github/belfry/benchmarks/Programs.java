package io.github.belfry.benchmarks;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Where the C programs of the benchmarks are. */
record Programs(Path directory) {
    private static final String EXIT = "bench_exit";
    private static final String SIGNAL_RECV = "bench_signal_recv";

    /** Where the build leaves them, seen from benchmarks/target/benchmarks.jar. */
    static Path besideThisJar() {
        return jar().resolveSibling("../../java/core/target/build/release/benchmarks").normalize();
    }

    static Path jar() {
        try {
            return Path.of(Programs.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Before an hour is spent: all are built together. */
    void check() throws IOException {
        if (!Files.isExecutable(directory.resolve(EXIT))) {
            throw new NoSuchFileException(
                    directory.resolve(EXIT) + ": no such program; build it: mvn package, or give --programs");
        }
    }

    String exit() {
        return file(EXIT);
    }

    String signalRecv() {
        return file(SIGNAL_RECV);
    }

    /** The bundled echo as a file. */
    String worker() {
        return file("bench_worker");
    }

    String sumWorker() {
        return file("bench_sum_worker");
    }

    String file(String program) {
        return directory.resolve(program).toString();
    }
}
