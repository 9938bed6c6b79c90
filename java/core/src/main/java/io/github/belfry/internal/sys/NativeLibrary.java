package io.github.belfry.internal.sys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads the shim. {@code -Dbelfry.library.path=FILE} names one and allows no other; otherwise it is the one inside the
 * jar. Either is loaded from a copy, because the VM loads a file for one class loader only: one without a name, or
 * where /proc isn't mounted a private one, deleted at once.
 */
final class NativeLibrary {
    static final String LIBRARY_PATH = "belfry.library.path";
    private static final String FILE_NAME = "libbelfry.so";

    /** What was loaded. Its descriptor stays open, for the VM refuses the same number to the next class loader. */
    private static @Nullable NamelessCopy loaded;

    private final List<String> attempts = new ArrayList<>();

    private NativeLibrary() {}

    /** Throws an UnsatisfiedLinkError that lists each attempt and why it failed. */
    static void load() {
        NativeLibrary library = new NativeLibrary();
        String named = System.getProperty(LIBRARY_PATH);
        try {
            if (named != null ? library.loadNamed(Path.of(named)) : library.loadBundled()) {
                return;
            }
        } catch (IllegalCallerException e) {
            throw denied(e);
        }
        throw new UnsatisfiedLinkError("cannot load " + FILE_NAME + ":\n  " + String.join("\n  ", library.attempts));
    }

    /** The VM was started with --illegal-native-access=deny, which a later JDK has without being told. */
    private static UnsatisfiedLinkError denied(IllegalCallerException cause) {
        Module module = NativeLibrary.class.getModule();
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(
                "cannot load " + FILE_NAME + ": this VM lets only chosen modules load native code: start it with "
                        + "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED"));
        error.initCause(cause);
        return error;
    }

    private boolean loadNamed(Path file) {
        String what = LIBRARY_PATH + "=" + file;
        if (!Files.isRegularFile(file)) {
            attempts.add(what + ": " + (Files.exists(file) ? "not a regular file" : "no such file"));
            return false;
        }
        // The file itself is the last resort: the VM loads it for one class loader and refuses it to a second.
        return loadCopy(what, () -> Files.newInputStream(file)) || tryLoad(file.toAbsolutePath(), what + " itself");
    }

    private boolean loadBundled() {
        String resource = Platform.resource(FILE_NAME);
        if (NativeLibrary.class.getResource(resource) == null) {
            attempts.add("bundled " + resource + ": " + Platform.missing());
            return false;
        }
        return loadCopy("bundled " + resource, () -> Platform.open(resource));
    }

    private boolean loadCopy(String what, Source source) {
        return loadNamelessCopy(what, source) || loadPrivateCopy(what, source);
    }

    private boolean loadNamelessCopy(String what, Source source) {
        for (Path parent : PrivateCopy.parents()) {
            try {
                NamelessCopy copy = NamelessCopy.create(parent, FILE_NAME, source.open());
                try {
                    if (tryLoad(copy.file(), what + ", copied into " + parent)) {
                        loaded = copy;
                        return true;
                    }
                } finally {
                    if (loaded != copy) {
                        copy.close();
                    }
                }
            } catch (IOException e) {
                attempts.add(what + ", copy into " + parent + ": " + e);
            }
        }
        return false;
    }

    private boolean loadPrivateCopy(String what, Source source) {
        for (Path parent : PrivateCopy.parents()) {
            try (PrivateCopy copy = PrivateCopy.create(parent, FILE_NAME, source.open())) {
                if (tryLoad(copy.file(), what + ", copied")) {
                    return true;
                }
            } catch (IOException e) {
                attempts.add(what + ", named copy into " + parent + ": " + e);
            }
        }
        return false;
    }

    @SuppressWarnings("restricted")
    private boolean tryLoad(Path file, String what) {
        try {
            System.load(file.toString());
            return true;
        } catch (UnsatisfiedLinkError e) {
            attempts.add(what + " to " + file + ": " + e.getMessage());
            return false;
        }
    }

    @FunctionalInterface
    private interface Source {
        InputStream open() throws IOException;
    }
}
