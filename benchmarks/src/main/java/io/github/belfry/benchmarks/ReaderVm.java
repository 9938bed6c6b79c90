package io.github.belfry.benchmarks;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Another VM, on the worker's processor: the other side of a peer that is written in Java. */
final class ReaderVm implements AutoCloseable {
    /** What Agrona needs; its checks of bounds are off, as its makers measure it. */
    static final List<String> OPTIONS = List.of(
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-opens=java.base/java.util.zip=ALL-UNNAMED",
            "-Dagrona.disable.bounds.checks=true");

    private static final int LOOKS_PER_CHECK = 1 << 20;

    private final WorkerProcess process;

    ReaderVm(Class<?> main, Cpus cpus, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        WorkerProcess.Builder builder = WorkerProcess.command(command).stdout(Stdio.PIPE);
        if (cpus.arePinned()) {
            builder.cpus(cpus.worker());
        }
        process = builder.start();
    }

    /** Spins until it is so, as long as the other side lives. */
    void await(BooleanSupplier condition) {
        for (int looks = 1; !condition.getAsBoolean(); looks++) {
            Thread.onSpinWait();
            if (looks % LOOKS_PER_CHECK == 0) {
                check();
            }
        }
    }

    /** For the VM that waits for it. */
    void check() {
        if (!process.isAlive()) {
            throw new IllegalStateException("a reader has ended");
        }
    }

    /** After it was told that there is no more. */
    long sum() throws IOException {
        String line = new BufferedReader(new InputStreamReader(process.stdout(), StandardCharsets.US_ASCII)).readLine();
        if (line == null) {
            throw new IOException("a reader has ended without a sum");
        }
        return Long.parseLong(line);
    }

    @Override
    public void close() {
        process.close();
    }
}
