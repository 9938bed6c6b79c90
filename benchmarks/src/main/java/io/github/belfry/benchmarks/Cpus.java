package io.github.belfry.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The two processors that everything is measured on; negative: nothing is pinned. */
record Cpus(int sender, int worker) {
    static final Cpus NONE = new Cpus(-1, -1);

    private static final String ALLOWED = "Cpus_allowed_list:";

    /** The first two that this process may use. */
    static Cpus firstTwo() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(ALLOWED)) {
                List<Integer> allowed =
                        parseList(line.substring(ALLOWED.length()).trim());
                return allowed.size() < 2 ? NONE : new Cpus(allowed.get(0), allowed.get(1));
            }
        }
        return NONE;
    }

    /** For example {@code 0-3,8}. */
    static List<Integer> parseList(String list) {
        List<Integer> cpus = new ArrayList<>();
        for (String range : list.split(",")) {
            String[] ends = range.split("-", 2);
            for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                cpus.add(cpu);
            }
        }
        return cpus;
    }

    /** {@code SENDER,WORKER}: what {@link #toString} gives. */
    static Cpus parse(String text) {
        String[] both = text.split(",");
        if (both.length != 2) {
            throw new IllegalArgumentException("'" + text + "' isn't two processors: SENDER,WORKER");
        }
        return new Cpus(Integer.parseInt(both[0]), Integer.parseInt(both[1]));
    }

    boolean arePinned() {
        return sender >= 0;
    }

    /** The calling thread runs on the sender's processor only. */
    void pinThisThread() throws IOException {
        String thread = Files.readSymbolicLink(Path.of("/proc/thread-self"))
                .getFileName()
                .toString();
        taskset("-cp", Integer.toString(sender), thread);
    }

    /** All threads of this process run on the two only. */
    void confineThisProcess() throws IOException {
        taskset("-acp", toString(), Long.toString(ProcessHandle.current().pid()));
    }

    private void taskset(String... arguments) throws IOException {
        if (!arePinned()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("taskset"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes()).trim();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException e) {
            throw new IOException(String.join(" ", command) + ": interrupted", e);
        }
    }

    @Override
    public String toString() {
        return sender + "," + worker;
    }
}
