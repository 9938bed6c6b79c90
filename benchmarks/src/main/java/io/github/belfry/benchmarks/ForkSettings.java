package io.github.belfry.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a JMH fork is told, as system properties. Without them (a benchmark run by JMH's own command) the defaults hold.
 *
 * @param programs the directory of the C programs
 * @param latencies where the fork writes what it recorded; null: nowhere
 */
record ForkSettings(Path programs, Cpus cpus, @Nullable Path latencies) {
    private static final String PREFIX = "belfry.benchmark.";
    private static final String PROGRAMS = PREFIX + "programs";
    private static final String CPUS = PREFIX + "cpus";
    private static final String LATENCIES = PREFIX + "latencies";

    /** Otherwise each page that is allocated in for the first time costs what several messages do. */
    private static final List<String> TOUCHED_HEAP = List.of("-Xms512m", "-XX:+AlwaysPreTouch");

    static ForkSettings ofThisFork() {
        String programs = System.getProperty(PROGRAMS);
        String cpus = System.getProperty(CPUS);
        String latencies = System.getProperty(LATENCIES);
        return new ForkSettings(
                programs == null ? Programs.besideThisJar() : Path.of(programs),
                cpus == null ? Cpus.NONE : Cpus.parse(cpus),
                latencies == null ? null : Path.of(latencies));
    }

    ForkSettings writingTo(Path file) {
        return new ForkSettings(programs, cpus, file);
    }

    List<String> asJvmArguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "--enable-native-access=ALL-UNNAMED", "-D" + PROGRAMS + "=" + programs, "-D" + CPUS + "=" + cpus));
        arguments.addAll(TOUCHED_HEAP);
        if (latencies != null) {
            arguments.add("-D" + LATENCIES + "=" + latencies);
        }
        return arguments;
    }

    Programs cPrograms() {
        return new Programs(programs);
    }
}
