package io.github.belfry.benchmarks;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Where the C programs of the benchmarks are. */
record Programs(Path directory) {
    private static final String EXIT = "bench_exit";
    private static final String VFORK = "bench_vfork";
    private static final String SIGNAL_SEND = "bench_signal_send";
    private static final String SIGNAL_RECV = "bench_signal_recv";

    /** Where the build leaves them, seen from benchmarks/target/benchmarks.jar. */
    static Path besideThisJar() {
        return jar().resolveSibling("../../java/core/target/cmake/benchmarks").normalize();
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

    void check() throws IOException {
        for (String program : List.of(EXIT, VFORK, SIGNAL_SEND, SIGNAL_RECV)) {
            Path file = directory.resolve(program);
            if (!Files.isExecutable(file)) {
                throw new NoSuchFileException(file + ": no such program; build it: mvn package, or give --programs");
            }
        }
    }

    String exit() {
        return file(EXIT);
    }

    String vfork() {
        return file(VFORK);
    }

    String signalSend() {
        return file(SIGNAL_SEND);
    }

    String signalRecv() {
        return file(SIGNAL_RECV);
    }

    private String file(String program) {
        return directory.resolve(program).toString();
    }
}
