package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The package as its user has it. */
final class UnpackedTar {
    static final Path TAR = Path.of(System.getProperty("belfry.tar"));

    private UnpackedTar() {}

    /** Gives the directory that is in it, below {@code directory}, on a path with a space. */
    static Path into(Path directory) throws IOException, InterruptedException {
        Path place = Files.createDirectory(directory.resolve("a b"));
        try (Run tar = Run.of(List.of("tar", "-xzf", TAR.toString(), "-C", place.toString()))) {
            assertThat(tar.output()).isEmpty();
        }
        try (Stream<Path> unpacked = Files.list(place)) {
            return unpacked.toList().get(0);
        }
    }
}
