package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code belfry}: which Java it starts and how. Most of these Javas are scripts that say what they got. */
class LauncherIT {
    private static final String JAVA_HOME = System.getProperty("java.home");

    @TempDir
    private Path directory = Path.of("");

    private Path belfry = Path.of("");

    @BeforeEach
    void unpack() throws Exception {
        belfry = UnpackedTar.into(directory).resolve("bin/belfry");
    }

    @Test
    void startsTheJarBesideItByALink() throws Exception {
        Files.createSymbolicLink(directory.resolve("link"), directory.relativize(belfry));
        try (Run run = Run.shell("cd '" + directory + "'; JAVA_HOME='" + JAVA_HOME + "' exec ./link --version")) {
            assertThat(run.output())
                    .matches("belfry [0-9]+\\.[0-9]+\\.[0-9]+\\S*\nJDK \\Q" + Runtime.version() + ", " + JAVA_HOME + "\\E\n");
            assertThat(run.status()).isZero();
        }
    }

    /** Signals go to the process that was started, so that has to be the VM. */
    @Test
    void becomesTheVm() throws Exception {
        String script = "env JAVA_HOME='" + JAVA_HOME + "' '" + belfry + "' signal-send -n 2";
        try (Run terminal = Run.inTerminal(script)) {
            terminal.awaitLines(2, "get signal");
            assertThat(terminal.child().info().command()).hasValueSatisfying(name -> assertThat(name).endsWith("/java"));
            assertThat(terminal.child().children()).hasSize(2);
            terminal.type("\u0003");
            assertThat(terminal.status()).isEqualTo(130);
            assertThat(terminal.output()).doesNotContain("WARNING");
            assertThat(terminal.processes()).isEmpty();
        }
    }

    @Test
    void givesItsArgumentsAsTheyAre() throws Exception {
        Path home = java("new", "25.0.1");
        expect(
                started(home, "mmap-write", "a  b", "", "*"),
                "JAVA_HOME='" + home + "' '" + belfry + "' mmap-write 'a  b' '' '*'");
    }

    @Test
    void leavesTheVmsDefaultsToWhatRunsLong() throws Exception {
        Path home = java("new", "17");
        for (String command : List.of("filter", "demo")) {
            try (Run run = Run.shell("JAVA_HOME='" + home + "' '" + belfry + "' " + command)) {
                assertThat(run.output()).doesNotContain("[-XX:").contains("[--enable-native-access=ALL-UNNAMED]");
            }
        }
    }

    @Test
    void leavesTheChoiceOfACollectorToItsUser() throws Exception {
        Path home = java("new", "17");
        try (Run run = Run.shell("JAVA_TOOL_OPTIONS=-XX:+UseG1GC JAVA_HOME='" + home + "' '" + belfry + "' stat")) {
            assertThat(run.output()).contains("[-XX:TieredStopAtLevel=1]").doesNotContain("GC]");
        }
    }

    @Test
    void takesTheOneInPathWhenTheOtherIsTooOld() throws Exception {
        Path old = java("old", "11.0.2");
        Path other = java("other", "21.0.3");
        expect(started(other, "stat"), "JAVA_HOME='" + old + "' PATH='" + other + "/bin':$PATH '" + belfry + "' stat");
    }

    @Test
    void asksAJavaWithoutAFileReleaseForItsVersion() throws Exception {
        Path other = java("other", "18");
        Files.delete(other.resolve("release"));
        expect(started(other, "stat"), "JAVA_HOME='" + other + "' '" + belfry + "' stat");
    }

    @Test
    void saysWhichJavasAreTooOld() throws Exception {
        Path eleven = java("eleven", "11.0.2");
        Path eight = java("eight", "1.8.0_392");
        Files.delete(eight.resolve("release"));
        expectFailure(
                "Java 17 or newer is needed: " + eleven + "/bin/java is version 11.0.2; " + eight
                        + "/bin/java is version 1.8.0_392",
                "JAVA_HOME='" + eleven + "' PATH='" + eight + "/bin':$PATH '" + belfry + "' stat");
    }

    @Test
    void saysThatThereIsNoJava() throws Exception {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        String path = " PATH='" + empty + "' '" + belfry + "' stat";
        expectFailure(
                "Java 17 or newer is needed: JAVA_HOME isn't set; PATH has no java", "unset JAVA_HOME;" + path);
        expectFailure(
                "Java 17 or newer is needed: JAVA_HOME is " + empty + ", which has no bin/java; PATH has no java",
                "JAVA_HOME='" + empty + "'" + path);
    }

    @Test
    void saysThatItsJarIsMissing() throws Exception {
        Path alone = Files.createDirectories(directory.resolve("alone/bin")).resolve("belfry");
        Files.copy(belfry, alone);
        expectFailure(
                alone.getParent() + "/../lib/belfry.jar is missing: bin and lib have to stay together",
                "sh '" + alone + "' stat");
    }

    /** A JDK that says what its java got. */
    private Path java(String name, String version) throws IOException {
        Path home = directory.resolve(name);
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"a b\"\nJAVA_VERSION=\"" + version + "\"\n");
        Files.writeString(java, """
                #!/bin/sh
                [ "$1" != -version ] || { echo 'openjdk version "%s" 2025-01-01' >&2; exit; }
                echo "$0"
                for argument; do echo "[$argument]"; done
                """.formatted(version));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return home;
    }

    private String started(Path home, String... arguments) {
        return home + "/bin/java\n[--enable-native-access=ALL-UNNAMED]\n[-XX:TieredStopAtLevel=1]\n"
                + "[-XX:+UseSerialGC]\n[-jar]\n[" + belfry.getParent()
                + "/../lib/belfry.jar]\n[" + String.join("]\n[", arguments) + "]\n";
    }

    private static void expect(String output, String script) throws Exception {
        try (Run run = Run.shell(script)) {
            assertThat(run.output()).isEqualTo(output);
            assertThat(run.status()).isZero();
        }
    }

    private static void expectFailure(String message, String script) throws Exception {
        try (Run run = Run.shell(script)) {
            assertThat(run.output()).isEqualTo("belfry: " + message + "\n");
            assertThat(run.status()).isEqualTo(1);
        }
    }
}
