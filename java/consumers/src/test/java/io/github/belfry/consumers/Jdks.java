package io.github.belfry.consumers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The JDKs of this machine, from 17 on: one of each version, and of its own the one that runs the tests. */
final class Jdks {
    private static final Path INSTALLED = Path.of("/usr/lib/jvm");
    private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");
    private static final int OLDEST = 17;

    private Jdks() {}

    static List<Path> homes() throws IOException {
        Map<Integer, Path> homes = new TreeMap<>();
        if (Files.isDirectory(INSTALLED)) {
            try (Stream<Path> directories = Files.list(INSTALLED)) {
                directories.filter(Jdks::isJdk).sorted().forEach(home -> homes.putIfAbsent(version(home), home));
            }
        }
        Path own = Path.of(System.getProperty("java.home"));
        homes.put(Runtime.version().feature(), own);
        return homes.entrySet().stream()
                .filter(entry -> entry.getKey() >= OLDEST)
                .map(Map.Entry::getValue)
                .toList();
    }

    private static boolean isJdk(Path home) {
        return Files.isExecutable(home.resolve("bin/javac")) && version(home) > 0;
    }

    private static int version(Path home) {
        try {
            Matcher version = VERSION.matcher(Files.readString(home.resolve("release")));
            return version.find() ? Integer.parseInt(version.group(1)) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(home + " has no file release", e);
        }
    }
}
