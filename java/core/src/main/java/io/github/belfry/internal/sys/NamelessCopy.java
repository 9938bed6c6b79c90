package io.github.belfry.internal.sys;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * A file of ours without a name, so a VM that is killed leaves nothing behind. It is reached through its descriptor, by
 * our children as well, and is there until {@code close}.
 *
 * <pre>
 * open(O_CREAT | O_EXCL)   Java has no call that makes a file without a name
 *                          (killed here: an empty file, which the next to make a copy removes)
 * unlink                   by DELETE_ON_CLOSE, which on Linux means now
 * write
 * open(O_RDONLY)           a file that is open for writing isn't executed: ETXTBSY
 * </pre>
 */
public final class NamelessCopy implements AutoCloseable {
    private static final String PREFIX = "belfry-";
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private final SeekableByteChannel channel;
    private final Path file;

    private NamelessCopy(SeekableByteChannel channel, Path file) {
        this.channel = channel;
        this.file = file;
    }

    /** Copies {@code source}, which it closes. Throws an IOException as well where /proc isn't mounted. */
    public static NamelessCopy create(Path parent, String fileName, InputStream source) throws IOException {
        try (source) {
            removeLeftovers(parent, fileName);
            String name = PREFIX + UUID.randomUUID() + "-" + fileName;
            SeekableByteChannel channel;
            try (SeekableByteChannel writer = open(parent.resolve(name))) {
                source.transferTo(Channels.newOutputStream(writer));
                channel = Files.newByteChannel(descriptorOf(name));
            }
            try {
                return new NamelessCopy(channel, descriptorOf(name));
            } catch (IOException | RuntimeException | Error e) {
                channel.close();
                throw e;
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** No user of the file needs its name any more; a file of ours has no content yet. */
    private static void removeLeftovers(Path parent, String fileName) throws IOException {
        String uuid = "[0-9a-f]".repeat(8) + ("-" + "[0-9a-f]".repeat(4)).repeat(3) + "-" + "[0-9a-f]".repeat(12);
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(parent, PREFIX + uuid + "-" + fileName)) {
            for (Path leftover : leftovers) {
                tryToDelete(leftover);
            }
        }
    }

    private static void tryToDelete(Path leftover) {
        try {
            BasicFileAttributes file =
                    Files.readAttributes(leftover, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (file.isRegularFile() && file.size() == 0) {
                Files.deleteIfExists(leftover);
            }
        } catch (IOException e) {
            // Another user's, or gone.
        }
    }

    private static SeekableByteChannel open(Path file) throws IOException {
        return Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static Path descriptorOf(String name) throws IOException {
        // By our number, for in a child "self" is the child.
        try (DirectoryStream<Path> links = Files.newDirectoryStream(DESCRIPTORS.toRealPath())) {
            for (Path link : links) {
                if (targetOf(link).endsWith("/" + name + " (deleted)")) {
                    return link;
                }
            }
        }
        throw new FileNotFoundException("a descriptor of " + name + " in " + DESCRIPTORS);
    }

    /** Empty for one that another thread has closed meanwhile. */
    private static String targetOf(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }

    public Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
