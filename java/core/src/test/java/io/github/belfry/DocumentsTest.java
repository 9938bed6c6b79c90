package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.support.Matches;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** README.md and docs/guide against the sources: the code that they show compiles, and what they quote is there. */
@Tag("once")
class DocumentsTest {
    private static final Path ROOT = Path.of("../..");
    private static final Path GUIDE = ROOT.resolve("docs/guide");

    /** What a piece of Java in the guide may use. */
    private static final String AROUND_A_PIECE = """
            import io.github.belfry.*;
            import java.nio.file.Path;
            import java.time.Duration;
            import java.util.*;
            import java.util.concurrent.*;

            class Piece {
                void run(WorkerPool pool, byte[] request) throws Exception {
            %s
                }
            }
            """;

    @TempDir
    Path temp;

    static List<Path> guide() throws IOException {
        try (Stream<Path> files = Files.list(GUIDE)) {
            return files.sorted().toList();
        }
    }

    private static List<String> blocks(Path document, String language) throws IOException {
        return Matches.all("(?ms)^```" + language + "\\n(.*?)^```", Files.readString(document));
    }

    @ParameterizedTest
    @MethodSource("guide")
    void itsJavaCompiles(Path document) throws Exception {
        String javac = Path.of(System.getProperty("java.home"), "bin", "javac").toString();
        for (String block : blocks(document, "java")) {
            String source = block.contains(" class ") ? block : AROUND_A_PIECE.formatted(block);
            Path file = temp.resolve(Matches.all("class (\\w+)", source).get(0) + ".java");
            compile(file, source, javac, "-cp", System.getProperty("java.class.path"), "-d", temp + "");
        }
    }

    @ParameterizedTest
    @MethodSource("guide")
    void itsCCompiles(Path document) throws Exception {
        String include = "-I" + ROOT.resolve("c/include");
        for (String block : blocks(document, "c")) {
            compile(temp.resolve("block.c"), block, "cc", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", include);
        }
    }

    @ParameterizedTest
    @MethodSource("guide")
    void itsCppCompiles(Path document) throws Exception {
        List<String> blocks = blocks(document, "cpp");
        assumeTrue(blocks.isEmpty() || hasCompiler("c++"), "this machine has no c++");
        String[] compiler = {"c++", "-std=c++17", "-fsyntax-only", "-Wall", "-Werror", "-I" + ROOT.resolve("c/include")};
        for (String block : blocks) {
            compile(temp.resolve("block.cpp"), block, compiler);
        }
    }

    private static boolean hasCompiler(String name) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    private void compile(Path file, String source, String... compiler) throws Exception {
        Files.writeString(file, source);
        Path said = temp.resolve("said");
        List<String> command =
                Stream.concat(Stream.of(compiler), Stream.of(file + "")).toList();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(process.waitFor()).as(source + Files.readString(said)).isZero();
    }

    /** Each piece of a message, between the dots that stand for what differs, is a literal of a source. */
    @Test
    void theMessagesThatTroubleshootingQuotesAreInTheSources() throws IOException {
        String literals = sources("java/core/src/main")
                + sources("java/cli/src/main")
                + sources("c/src")
                + sources("c/jni")
                + sources("c/workers");
        List<String> messages = firstCells(Files.readString(GUIDE.resolve("troubleshooting.md")));
        assertThat(messages).hasSizeGreaterThan(50);
        for (String message : messages) {
            assertThat(message.split("…")).as(message).allMatch(piece -> literals.contains(piece.strip()));
        }
    }

    /** With adjacent literals as one. */
    private static String sources(String directory) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve(directory))) {
            StringBuilder all = new StringBuilder();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.append(Files.readString(file).replaceAll("\"\\s*\\+?\\s*\"", ""));
            }
            return all.toString();
        }
    }

    /** What is code in the first cell of each row of a table. */
    private static List<String> firstCells(String document) {
        return Matches.all("(?m)^\\| ([^|]*`[^|]*) \\|", document).stream()
                .flatMap(cell -> Matches.all("`([^`]+)`", cell).stream())
                .toList();
    }

    /**
     * Each piece of a POM, but for its indentation, is in that of a project which is built and run. A whole POM is built
     * by {@code cmake/try-installing.sh}.
     */
    @Test
    void theXmlOfInstallingIsInAProjectThatIsBuilt() throws IOException {
        List<String> pieces = blocks(GUIDE.resolve("installing.md"), "xml").stream()
                .filter(piece -> !piece.startsWith("<project"))
                .toList();
        String projects = sources("java/consumers/src/projects").replaceAll("(?m)^\\s+", "");
        assertThat(pieces).isNotEmpty();
        assertThat(pieces).allMatch(piece -> projects.contains(piece.replaceAll("(?m)^\\s+", "")));
    }

    @Test
    void theReadmeListsEachOption() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        String options = Matches.all("(?ms)^## Options\\n(.*?)^## ", readme).get(0);
        assertThat(Set.copyOf(firstCells(options)))
                .isEqualTo(Stream.of(WorkerPool.Builder.class, WorkerProcess.Builder.class)
                        .flatMap(builder -> Stream.of(builder.getDeclaredMethods()))
                        .filter(method -> Modifier.isPublic(method.getModifiers()))
                        .map(Method::getName)
                        .filter(name -> !Set.of("start", "run").contains(name))
                        .collect(Collectors.toSet()));
    }
}
