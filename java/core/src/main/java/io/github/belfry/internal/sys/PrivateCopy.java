package io.github.belfry.internal.sys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A file of ours, written out for a moment because something has to be loaded or run from a path: alone in a directory
 * of mode 0700, made new, and deleted on {@code close}.
 *
 * <p>{@code -Dbelfry.copy.directory=DIR} says where; otherwise the temporary directory, then the user's cache, then
 * /var/tmp are tried, because any of them may be mounted noexec.
 */
public final class PrivateCopy implements AutoCloseable {
    static final String COPY_DIRECTORY = "belfry.copy.directory";

    private final Path directory;
    private final Path file;

    private PrivateCopy(Path directory, Path file) {
        this.directory = directory;
        this.file = file;
    }

    public static List<Path> parents() {
        String chosen = System.getProperty(COPY_DIRECTORY);
        if (chosen != null) {
            return List.of(Path.of(chosen).toAbsolutePath());
        }
        Set<Path> parents = new LinkedHashSet<>();
        parents.add(Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath());
        Path cache = Path.of(System.getProperty("user.home"), ".cache").toAbsolutePath();
        if (Files.isDirectory(cache)) {
            parents.add(cache);
        }
        parents.add(Path.of("/var/tmp"));
        return new ArrayList<>(parents);
    }

    /** Copies {@code source}, which it closes, into a new directory inside {@code parent}. */
    public static PrivateCopy create(Path parent, String fileName, InputStream source) throws IOException {
        try (source) {
            Path directory = Files.createTempDirectory(
                    parent,
                    "belfry-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            PrivateCopy copy = new PrivateCopy(directory, directory.resolve(fileName));
            try {
                copy.write(source);
                return copy;
            } catch (IOException | RuntimeException | Error e) {
                copy.close();
                throw e;
            }
        }
    }

    private void write(InputStream source) throws IOException {
        try (var out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            source.transferTo(out);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    public Path file() {
        return file;
    }

    /** What can't be deleted is left: failing the caller would not help. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
            Files.delete(directory);
        } catch (IOException e) {
            System.getLogger(PrivateCopy.class.getName())
                    .log(System.Logger.Level.WARNING, () -> "cannot delete " + directory, e);
        }
    }
}
