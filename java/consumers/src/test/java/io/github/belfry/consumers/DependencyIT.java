package io.github.belfry.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library's POM, as a project reads it that depends on the library. */
class DependencyIT {
    @TempDir
    Path temp;

    @Test
    void itBringsOneJar() throws Exception {
        Project project = Project.copy("shade", temp)
                .mvn(
                        "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath",
                        "-Dmdep.outputFile=class-path");
        assertThat(Files.readString(project.file("class-path"))).matches("[^:]*/belfry-[^/:]*\\.jar\\s*");
    }
}
