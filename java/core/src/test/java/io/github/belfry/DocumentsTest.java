package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.support.Matches;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** README.md and docs/guide against the sources: the code that they show compiles, and what they quote is there. */
@Tag("once")
class DocumentsTest {
    private static final Path ROOT = Path.of("../..");
    private static final Path GUIDE = ROOT.resolve("docs/guide");

    /** What a piece of Java in the guide may use. */
    private static final String AROUND_A_PIECE = """
            class Piece {
                void run(WorkerPool pool, byte[] request) throws Exception {
            %s
                }
            }
            """;

    private static final String IMPORTS = """
            import io.github.belfry.*;
            import java.nio.file.Path;
            import java.time.Duration;
            import java.util.*;
            import java.util.concurrent.*;
            """;

    @TempDir
    Path temp;

    private static List<Path> guide() throws IOException {
        try (Stream<Path> files = Files.list(GUIDE)) {
            return files.sorted().toList();
        }
    }

    private static List<String> blocks(Path document, String language) throws IOException {
        return Matches.all("(?ms)^```" + language + "\\n(.*?)^```", Files.readString(document));
    }

    /** In one compilation, each in a package of its own. */
    @Test
    void itsJavaCompiles() throws Exception {
        List<String> compiler = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-cp", System.getProperty("java.class.path"), "-d", temp.resolve("classes") + ""));
        for (Path document : guide()) {
            String name = document.getFileName().toString().replaceAll("\\W", "_");
            List<String> pieces = blocks(document, "java");
            for (int i = 0; i < pieces.size(); i++) {
                String piece = pieces.get(i);
                String source = piece.contains(" class ") ? piece : IMPORTS + AROUND_A_PIECE.formatted(piece);
                Path directory = Files.createDirectories(temp.resolve(name + i));
                Path file = directory.resolve(Matches.all("class (\\w+)", source).get(0) + ".java");
                Files.writeString(file, "package " + name + i + ";\n" + source);
                compiler.add(file.toString());
            }
        }
        compile(compiler);
    }

    @Test
    void itsCCompiles() throws Exception {
        compilePieces("c", "cc", "-fsyntax-only", "-Wall", "-Wextra", "-Werror");
    }

    @Test
    void itsCppCompiles() throws Exception {
        assumeTrue(hasCompiler("c++"), "this machine has no c++");
        compilePieces("cpp", "c++", "-std=c++17", "-fsyntax-only", "-Wall", "-Werror");
    }

    private void compilePieces(String language, String... command) throws Exception {
        List<String> compiler = new ArrayList<>(List.of(command));
        compiler.add("-I" + ROOT.resolve("c/include"));
        int options = compiler.size();
        for (Path document : guide()) {
            for (String piece : blocks(document, language)) {
                Path file = temp.resolve(document.getFileName() + "." + compiler.size() + "." + language);
                compiler.add(Files.writeString(file, piece).toString());
            }
        }
        assertThat(compiler).as("with pieces to compile").hasSizeGreaterThan(options);
        compile(compiler);
    }

    private static boolean hasCompiler(String name) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    private void compile(List<String> command) throws Exception {
        Path said = temp.resolve("said");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(process.waitFor()).as(Files.readString(said)).isZero();
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
