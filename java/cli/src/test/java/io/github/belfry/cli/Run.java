package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A command that a test has started. Its descendants, of any generation, have a mark in their environment, by which
 * /proc tells what is left; {@code close} ends that.
 */
final class Run implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 120;

    private final String mark = "BELFRY_TEST=" + UUID.randomUUID();
    private final Process process;
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final StringBuilder seen = new StringBuilder();
    private final Thread reader;

    /** With the default actions of signals that the tests may have been started to ignore, by a script for example. */
    private Run(List<String> command) throws IOException {
        List<String> whole = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
        whole.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(whole).redirectErrorStream(true);
        String[] variable = mark.split("=");
        builder.environment().put(variable[0], variable[1]);
        builder.environment().put("SHELL", "/bin/sh");
        process = builder.start();
        reader = new Thread(this::readLines);
        reader.setDaemon(true);
        reader.start();
    }

    /** Its standard error goes where its output goes. */
    static Run of(List<String> command) throws IOException {
        return new Run(command);
    }

    static Run shell(String script) throws IOException {
        return new Run(List.of("/bin/sh", "-c", script));
    }

    /** In the foreground of a terminal of its own, which {@link #type} types into. */
    static Run inTerminal(String script) throws IOException {
        return new Run(List.of("script", "--quiet", "--return", "--flush", "--command", "exec " + script, "/dev/null"));
    }

    private void readLines() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            in.lines().forEach(lines::add);
        } catch (UncheckedIOException | IOException e) {
            lines.add("(" + e + ")");
        }
    }

    long pid() {
        return process.pid();
    }

    void type(String keys) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write(keys.getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    /** As Ctrl+D does. */
    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    /** Blocks until {@code count} more lines contain {@code text}. */
    void awaitLines(int count, String text) throws InterruptedException {
        for (int found = 0; found < count; ) {
            String line = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(line).as("a line with '%s' after:%n%s", text, seen).isNotNull();
            seen.append(line).append('\n');
            found += line.contains(text) ? 1 : 0;
        }
    }

    /** Blocks until it has ended. */
    int status() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("ended in time")
                .isTrue();
        return process.exitValue();
    }

    /** All that it printed; blocks until it has ended. */
    String output() throws InterruptedException {
        status();
        reader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        assertThat(reader.isAlive()).as("a process still holds its output").isFalse();
        lines.forEach(line -> seen.append(line).append('\n'));
        lines.clear();
        return seen.toString();
    }

    void signal(String name) throws IOException, InterruptedException {
        signal(name, pid());
    }

    static void signal(String name, long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + pid)
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Whether it, or a descendant, has a thread of this name, of up to 15 characters. */
    boolean hasThread(String name) throws IOException {
        for (ProcessHandle process : processes()) {
            try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
                if (threads.anyMatch(thread -> nameOf(thread).equals(name))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String nameOf(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (IOException ended) {
            return "";
        }
    }

    /** It and all its descendants. */
    List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses().filter(this::isMarked).toList();
    }

    private boolean isMarked(ProcessHandle candidate) {
        try {
            byte[] environment = Files.readAllBytes(Path.of("/proc/" + candidate.pid() + "/environ"));
            return Stream.of(new String(environment, StandardCharsets.UTF_8).split("\0"))
                    .anyMatch(mark::equals);
        } catch (IOException endedOrForeign) {
            return false;
        }
    }

    /** The VM, where {@code script} is what was started. */
    ProcessHandle child() {
        List<ProcessHandle> children = process.children().toList();
        assertThat(children).hasSize(1);
        return children.get(0);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        processes().forEach(ProcessHandle::destroyForcibly);
    }
}
