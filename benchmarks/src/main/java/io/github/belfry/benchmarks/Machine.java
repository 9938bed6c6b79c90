package io.github.belfry.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where it was measured: what has to be known before two tables can be compared. */
final class Machine {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    static final String DATE = "Date";
    static final String LOAD = "Load before";

    private static final String UNKNOWN = "unknown";

    private Machine() {}

    /** In the order in which it is printed. */
    static Map<String, String> describe() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(DATE, OffsetDateTime.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("Kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("Processor", processor() + ", " + System.getProperty("os.arch"));
        facts.put("Processors of this VM", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("Virtualised", virtualised());
        facts.put("Clock source", firstLine("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
        facts.put("Memory", value(Path.of("/proc/meminfo"), "MemTotal"));
        facts.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        facts.put(LOAD, firstLine("/proc/loadavg"));
        return facts;
    }

    private static String processor() {
        String model = value(CPU_INFO, "model name");
        return model.equals(UNKNOWN) ? value(CPU_INFO, "CPU part") : model;
    }

    /** The processor says so on x86 only. */
    private static String virtualised() {
        String flags = value(CPU_INFO, "flags");
        if (flags.equals(UNKNOWN)) {
            return UNKNOWN;
        }
        return List.of(flags.split(" ")).contains("hypervisor") ? "yes" : "no";
    }

    /** Of the first line {@code key : value}. */
    private static String value(Path file, String key) {
        return lines(file).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse(UNKNOWN);
    }

    private static String firstLine(String file) {
        List<String> lines = lines(Path.of(file));
        return lines.isEmpty() ? UNKNOWN : lines.get(0);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
