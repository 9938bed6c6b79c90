package io.github.belfry.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.commons.io.IOUtils;

/**
 * A project in a directory of its own. Maven builds it with a local repository in which Belfry is as if installed, and
 * all else is this machine's: a directory whose entries are links, but on the way to Belfry.
 *
 * <pre>
 * repository/io/github/belfry   the artifacts of this build
 *           /io/github/OTHER    a link
 *           /io/OTHER           a link
 *           /OTHER              a link
 * </pre>
 */
final class Project {
    static final Path JAR = Path.of(System.getProperty("belfry.test.jar")).normalize();

    private static final String VERSION = System.getProperty("belfry.test.version");
    private static final Path SOURCES = Path.of("src/projects");
    private static final Path ROOT = Path.of("../..");

    private static final Path REPOSITORY = Path.of("target/repository").toAbsolutePath();

    private final Path directory;

    private Project(Path directory) {
        this.directory = directory;
    }

    /** A copy of a project in {@code src/projects}. */
    static Project copy(String name, Path temp) throws IOException {
        FileUtils.copyDirectory(SOURCES.resolve(name).toFile(), temp.resolve(name).toFile());
        return new Project(temp.resolve(name));
    }

    private static void makeRepository() throws IOException {
        Path shared = Path.of(System.getProperty("belfry.test.repository"));
        Path own = REPOSITORY;
        for (String part : List.of("io", "github", "belfry")) {
            linkAllBut(part, shared, Files.createDirectories(own));
            shared = shared.resolve(part);
            own = own.resolve(part);
        }
        install(own, "belfry", JAR, ROOT.resolve("java/core/pom.xml"));
        install(own, "belfry-parent", null, ROOT.resolve("pom.xml"));
    }

    private static void linkAllBut(String name, Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            return;
        }
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                Path link = to.resolve(entry.getFileName());
                if (!entry.endsWith(name) && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(link, entry);
                }
            }
        }
    }

    private static void install(Path group, String artifact, Path jar, Path pom) throws IOException {
        Path base = Files.createDirectories(group.resolve(artifact).resolve(VERSION));
        String name = artifact + "-" + VERSION;
        Files.copy(pom, base.resolve(name + ".pom"), StandardCopyOption.REPLACE_EXISTING);
        if (jar != null) {
            Files.copy(jar, base.resolve(name + ".jar"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** Builds it: {@code target/app.jar}. */
    Project mvn(String... goals) throws Exception {
        makeRepository();
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("belfry.test.maven"),
                "-B",
                "-q",
                "-Dmaven.repo.local=" + REPOSITORY,
                "-Dbelfry.version=" + VERSION));
        command.addAll(List.of(goals));
        run(command);
        return this;
    }

    /** Its output with its errors among it; another exit status than 0 fails the test. */
    String run(List<String> command) throws Exception {
        return run(directory, command);
    }

    static String run(Path directory, List<String> command) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        process.getOutputStream().close();
        String output = IOUtils.toString(process.getInputStream(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(String.join(" ", command) + "\n" + output).isZero();
        return output;
    }
}
