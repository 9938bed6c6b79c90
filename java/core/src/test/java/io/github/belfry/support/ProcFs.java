package io.github.belfry.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What /proc says of this VM and its processes. */
public final class ProcFs {
    private ProcFs() {}

    /** What the descriptors of this VM are, without the files that the VM opens for itself whenever it likes. */
    public static List<String> descriptors() throws IOException {
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            return lasting(links).sorted().toList();
        }
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
        return field(Path.of("/proc/self/status"), "VmSize")
                .map(text -> Long.parseLong(text.replaceAll("[^0-9]", "")))
                .orElseThrow();
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
}
