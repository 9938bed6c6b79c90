package io.github.belfry.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.IOUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jars as modules: they alone are on the module path, and the VM has nothing to warn of. */
class ModuleIT {
    private static final String JARS =
            System.getProperty("belfry.test.jar") + ":" + System.getProperty("belfry.test.ffm.jar");

    @TempDir
    Path temp = Path.of("");

    private String run(String tool, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .directory(temp.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = IOUtils.toString(process.getInputStream(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void aModuleThatRequiresItNeedsNothingElse() throws Exception {
        Files.writeString(temp.resolve("module-info.java"), "module app { requires io.github.belfry.ffm; }");
        Files.writeString(temp.resolve("Main.java"), """
                package app;

                import io.github.belfry.SharedMapping;
                import io.github.belfry.ffm.SharedSegments;
                import java.lang.foreign.MemorySegment;
                import java.lang.foreign.ValueLayout;

                class Main {
                    public static void main(String[] args) throws Exception {
                        try (SharedMapping mapping = SharedMapping.anonymous("app", 4096)) {
                            MemorySegment segment = SharedSegments.of(mapping);
                            segment.set(ValueLayout.JAVA_INT, 0, 42);
                            System.out.println(mapping.buffer().getInt(0) + " " + SharedSegments.class.getModule());
                        }
                    }
                }
                """);
        run("javac", List.of("-Xlint:all", "-Werror", "-p", JARS, "-d", "app", "module-info.java", "Main.java"));
        assertThat(run(
                        "java",
                        List.of(
                                "--enable-native-access=io.github.belfry,io.github.belfry.ffm",
                                "-p",
                                JARS + ":app",
                                "-m",
                                "app/app.Main")))
                .isEqualTo("42 module io.github.belfry.ffm\n");
    }
}
