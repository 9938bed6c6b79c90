package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.CStrings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A worker's environment: ours or another, with changes. */
final class Environment {
    private @Nullable Map<String, String> base;
    private final Map<String, @Nullable String> changes = new LinkedHashMap<>();

    void replaceAll(Map<String, String> all) {
        Map<String, String> copy = new LinkedHashMap<>(all);
        copy.forEach((name, value) -> check(name, Objects.requireNonNull(value, name)));
        base = copy;
        changes.clear();
    }

    void copyFrom(Environment other) {
        base = other.base;
        changes.putAll(other.changes);
    }

    void put(String name, @Nullable String value) {
        check(name, value);
        changes.put(name, value);
    }

    private static void check(String name, @Nullable String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0) {
            throw new IllegalArgumentException("'" + name + "' can't be the name of an environment variable");
        }
        CStrings.encodable(name, "the name of an environment variable");
        if (value != null) {
            CStrings.encodable(value, "the environment variable " + name);
        }
    }

    /** {@code name=value}, each ended by NUL. */
    byte[] encode() {
        if (base == null && changes.isEmpty()) {
            return Own.ENCODED;
        }
        List<byte[]> entries = new ArrayList<>();
        if (base == null) {
            for (byte[] entry : Own.ENTRIES) {
                if (!changes.containsKey(nameOf(entry))) {
                    entries.add(entry);
                }
            }
        } else {
            base.forEach((name, value) -> {
                if (!changes.containsKey(name)) {
                    entries.add(entry(name, value));
                }
            });
        }
        changes.forEach((name, value) -> {
            if (value != null) {
                entries.add(entry(name, value));
            }
        });
        return CStrings.join(entries);
    }

    /** A variable of this process, in its own bytes. */
    static Optional<byte[]> own(String name) {
        return Own.ENTRIES.stream()
                .filter(entry -> nameOf(entry).equals(name))
                .map(entry -> Arrays.copyOfRange(entry, CStrings.utf8(name).length + 1, entry.length))
                .findFirst();
    }

    private static byte[] entry(String name, String value) {
        return (name + "=" + value).getBytes(StandardCharsets.UTF_8);
    }

    private static String nameOf(byte[] entry) {
        String text = new String(entry, StandardCharsets.UTF_8);
        int end = text.indexOf('=');
        return end < 0 ? text : text.substring(0, end);
    }

    /** What this process was started with. From /proc, because the VM's strings lose what isn't text in its locale. */
    private static final class Own {
        static final List<byte[]> ENTRIES = read();
        static final byte[] ENCODED = CStrings.join(ENTRIES);

        private static List<byte[]> read() {
            try {
                return CStrings.split(Files.readAllBytes(Path.of("/proc/self/environ")));
            } catch (IOException e) {
                List<byte[]> entries = new ArrayList<>();
                System.getenv().forEach((name, value) -> entries.add(entry(name, value)));
                return entries;
            }
        }
    }
}
