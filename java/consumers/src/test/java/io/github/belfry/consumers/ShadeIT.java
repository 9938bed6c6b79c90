package io.github.belfry.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One jar with the library inside, under another package name. */
class ShadeIT {
    private static Project project;

    @BeforeAll
    static void build(@TempDir Path temp) throws Exception {
        project = Project.copy("shade", temp).mvn("package");
    }

    @ParameterizedTest
    @MethodSource("io.github.belfry.consumers.Jdks#homes")
    void itsNativesAreFoundAndBound(Path jdk) throws Exception {
        assertThat(project.run(List.of(
                        jdk + "/bin/java",
                        "-Xcheck:jni",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        "target/app.jar",
                        "app.Main")))
                .isEqualTo("""
                        shaded.io.github.belfry.WorkerPool
                        CALLED
                        cannot start /no/such/program: execve /no/such/program: ENOENT, No such file or directory
                        written
                        Exited[code=0]
                        """);
    }

    /** Then only the class that loads the shim tells which of the two it is for. */
    @Test
    void besideItTheLibraryUnderItsOwnNameWorksToo() throws Exception {
        Files.writeString(project.file("Both.java"), """
                class Both {
                    public static void main(String[] args) throws Exception {
                        try (var one = io.github.belfry.WorkerPool.bundled("upper").workers(1).start();
                                var other = shaded.io.github.belfry.WorkerPool.bundled("upper").workers(1).start()) {
                            System.out.println(new String(one.call("one".getBytes())));
                            System.out.println(new String(other.call("other".getBytes())));
                        }
                    }
                }
                """);
        String jdk = System.getProperty("java.home");
        String classPath = "target/app.jar:" + Project.JAR + ":target";
        project.run(List.of(jdk + "/bin/javac", "-d", "target", "-cp", classPath, "Both.java"));
        assertThat(project.run(List.of(
                        jdk + "/bin/java", "--enable-native-access=ALL-UNNAMED", "-cp", classPath, "Both")))
                .isEqualTo("ONE\nOTHER\n");
    }
}
