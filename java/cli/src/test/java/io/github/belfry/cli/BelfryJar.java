package io.github.belfry.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The command under test, and the programs that the C build made. */
final class BelfryJar {
    private static final String JAR = System.getProperty("belfry.jar");
    private static final Path NATIVE = Path.of(System.getProperty("native.build"));

    /** Misbehaves as a line says, see {@code c/tests/crash.c}. */
    static final String CRASH = testProgram("crash");

    private BelfryJar() {}

    /** {@code java -jar belfry.jar}, with flags for a short start; a warning of -Xcheck:jni spoils the output. */
    static List<String> command(String... arguments) {
        return java(List.of("-jar", JAR), arguments);
    }

    /** The same, but what is in {@code classes} comes before what is in the jar. */
    static List<String> commandWith(Path classes, String... arguments) {
        List<String> what =
                List.of("-cp", classes + ":" + JAR, "--enable-native-access=ALL-UNNAMED", Belfry.class.getName());
        return java(what, arguments);
    }

    /** One of the examples, compiled and run from its source. */
    static List<String> source(String example, String... arguments) {
        String file = Path.of("..", "examples", example).toString();
        return java(List.of("-cp", JAR, "--enable-native-access=ALL-UNNAMED", file), arguments);
    }

    private static List<String> java(List<String> what, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xcheck:jni"));
        command.addAll(what);
        command.addAll(List.of(arguments));
        return command;
    }

    /** For {@code sh -c}. */
    static String shell(String... arguments) {
        return command(arguments).stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    static String testProgram(String name) {
        return NATIVE.resolve("tests").resolve(name).toString();
    }

    static String worker(String name) {
        return NATIVE.resolve("workers").resolve(name).toString();
    }
}
