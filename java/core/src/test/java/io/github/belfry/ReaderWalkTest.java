package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.Matches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A reader can follow the documents: each file and each page that they name is there. */
class ReaderWalkTest {
    private static final Path ROOT = Path.of("../..");

    /** What the names of files are relative to: the repository, the library's sources, or as a C program includes them. */
    private static final List<Path> BASES =
            List.of(ROOT, ROOT.resolve("java/core/src/main/java/io/github/belfry"), ROOT.resolve("c/include"));

    static List<Path> documents() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> below = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, below)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isThere(String file) {
        return BASES.stream().anyMatch(base -> Files.isRegularFile(base.resolve(file)));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void eachFileThatADocumentNamesIsThere(Path document) throws IOException {
        List<String> named = Matches.all("`([\\w.-]+/[\\w./-]+\\.(?:java|c|h|pml|md|json|txt))`", Files.readString(document));
        assertThat(named).filteredOn(file -> !file.contains("/target/")).allMatch(ReaderWalkTest::isThere);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void eachPageThatADocumentLinksToIsThere(Path document) throws IOException {
        assertThat(Matches.all("\\]\\(([^)#:]+)(?:#[^)]*)?\\)", Files.readString(document)))
                .allMatch(page -> Files.exists(document.resolveSibling(page)));
    }

    /** From the public method to the handler in C and back, and past the pool, the slot and the request. */
    @Test
    void theWalksPassTheWholeWay() throws IOException {
        for (String document : List.of("README.md", "docs/architecture.md")) {
            List<String> files = Matches.all("`([\\w./-]+\\.(?:java|c|h))`", Files.readString(ROOT.resolve(document)));
            assertThat(files.stream().map(file -> Path.of(file).getFileName() + ""))
                    .as(document)
                    .containsSubsequence(
                            "WorkerPool.java",
                            "Pool.java",
                            "Dispatcher.java",
                            "Balancer.java",
                            "Request.java",
                            "Slot.java",
                            "RingWriter.java",
                            "Ringer.java",
                            "Child.java",
                            "process.c",
                            "doorbell.c",
                            "ring.c",
                            "worker.c",
                            "echo.c",
                            "reply.c",
                            "RingReader.java",
                            "ReplyThread.java");
        }
    }
}
