package io.github.belfry.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A jar with the library's jar inside. */
class SpringBootIT {
    private static Project project;

    @BeforeAll
    static void build(@TempDir Path temp) throws Exception {
        project = Project.copy("spring-boot", temp).mvn("package");
    }

    /** The permission for native code is in its manifest. */
    @ParameterizedTest
    @MethodSource("io.github.belfry.consumers.Jdks#homes")
    void itsNativesAreFoundInTheNestedJar(Path jdk) throws Exception {
        assertThat(project.run(List.of(jdk + "/bin/java", "-jar", "target/app.jar")))
                .matches("/!BOOT-INF/lib/belfry-.*\\.jar!/\nCALLED\n");
    }
}
