package io.github.belfry.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jars as modules, beside Micrometer's. */
class ModuleIT {
    @TempDir
    Path temp = Path.of("");

    /** Both jars, and what Micrometer is and needs. */
    private static String modulePath() {
        Stream<String> others = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> jar.matches(".*/(micrometer-(core|commons|observation)|HdrHistogram|LatencyUtils)-.*"));
        return Stream.concat(
                        Stream.of(
                                System.getProperty("belfry.test.jar"),
                                System.getProperty("belfry.test.micrometer.jar")),
                        others)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private String run(String tool, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(temp.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void aModuleThatRequiresItCanBindMeters() throws Exception {
        Files.writeString(temp.resolve("module-info.java"), "module app { requires io.github.belfry.micrometer; }");
        Files.writeString(temp.resolve("Main.java"), """
                package app;

                import io.github.belfry.WorkerPool;
                import io.github.belfry.micrometer.BelfryMetrics;
                import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

                class Main {
                    public static void main(String[] args) throws Exception {
                        try (WorkerPool pool = WorkerPool.bundled("echo").workers(3).start();
                                BelfryMetrics metrics = new BelfryMetrics(pool)) {
                            SimpleMeterRegistry registry = new SimpleMeterRegistry();
                            metrics.bindTo(registry);
                            System.out.println(registry.get("belfry.pool.workers").tag("state", "idle").gauge().value()
                                    + " " + BelfryMetrics.class.getModule());
                        }
                    }
                }
                """);
        run("javac", "-p", modulePath(), "-d", "app", "module-info.java", "Main.java");
        assertThat(run(
                        "java",
                        "--enable-native-access=io.github.belfry",
                        "-p",
                        modulePath() + File.pathSeparator + "app",
                        "-m",
                        "app/app.Main"))
                .endsWith("3.0 module io.github.belfry.micrometer\n");
    }
}
