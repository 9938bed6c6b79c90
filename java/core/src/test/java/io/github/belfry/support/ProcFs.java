package io.github.belfry.support;

import io.github.belfry.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What /proc says of this VM and its processes. */
public final class ProcFs {
    private ProcFs() {}

    /** What the descriptors of this VM are, without the files that the VM opens for itself at any time. */
    public static List<String> descriptors() throws IOException {
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            return lasting(links).sorted().toList();
        }
    }

    /** What has come since: what was open before may have been closed meanwhile. */
    public static List<String> descriptorsBeyond(List<String> before) throws IOException {
        List<String> more = new ArrayList<>(descriptors());
        before.forEach(more::remove);
        return more;
    }

    public static Stream<String> lasting(Stream<Path> links) {
        return links.flatMap(link -> target(link).stream())
                .filter(target -> !target.endsWith(".jar") && !target.matches("/(proc|sys)/.*"));
    }

    private static Optional<String> target(Path link) {
        try {
            return Optional.of(Files.readSymbolicLink(link).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    public static long count(String descriptor) throws IOException {
        return descriptors().stream()
                .filter(target -> target.startsWith(descriptor))
                .count();
    }

    public static List<String> maps() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps"));
    }

    /** The line of the mapping that an address is in. */
    public static Optional<String> mapAt(long address) throws IOException {
        return maps().stream()
                .filter(line -> {
                    String[] range = line.split("[- ]");
                    return Long.compareUnsigned(address, Long.parseUnsignedLong(range[0], 16)) >= 0
                            && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
                })
                .findFirst();
    }

    public static long virtualKib() throws IOException {
        return kib(Path.of("/proc/self/status"), "VmSize");
    }

    /** A field of {@code status} or {@code smaps_rollup} that is a size. */
    public static long kib(Path file, String name) throws IOException {
        return Long.parseLong(field(file, name).orElseThrow().replaceAll("[^0-9]", ""));
    }

    /** The threads of this VM whose names begin so; of a name the kernel knows 15 characters. */
    public static List<Path> threads(String prefix) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.filter(thread -> isNamed(thread, prefix)).toList();
        }
    }

    private static boolean isNamed(Path thread, String prefix) {
        try {
            return Files.readString(thread.resolve("comm")).startsWith(prefix);
        } catch (IOException ended) {
            return false;
        }
    }

    public static List<Long> children() {
        return ProcessHandle.current().children().map(ProcessHandle::pid).toList();
    }

    /** The state letter of a process: R, S, D, T, Z; empty when it is gone. */
    public static Optional<Character> state(long pid) throws IOException {
        return field(Path.of("/proc/" + pid + "/status"), "State").map(text -> text.charAt(0));
    }

    public static boolean isRunning(long pid) throws IOException {
        return state(pid).filter(state -> state != 'Z').isPresent();
    }

    /** Whether a field of {@code status} that is a set of signals has this one. */
    public static boolean hasSignal(Path status, String name, Signal signal) throws IOException {
        long set = Long.parseUnsignedLong(field(status, name).orElseThrow(), 16);
        return (set >> (signal.number() - 1) & 1) == 1;
    }

    public static boolean anyRuns(List<Long> pids) throws IOException {
        for (long pid : pids) {
            if (isRunning(pid)) {
                return true;
            }
        }
        return false;
    }

    public static Optional<String> field(Path status, String name) throws IOException {
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .findFirst();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("No such process")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** This VM may have been started with nohup or in the background. */
    public static String ignoredHere(Signal... signals) throws Exception {
        List<String> numbers = new ArrayList<>();
        for (Signal signal : signals) {
            if (hasSignal(Path.of("/proc/self/status"), "SigIgn", signal)) {
                numbers.add(String.valueOf(signal.number()));
            }
        }
        return String.join(" ", numbers);
    }
}
