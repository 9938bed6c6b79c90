package io.github.belfry.internal.sys;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Where in the jar the natives of the running platform are, and what to do where there are none.
 *
 * <pre>
 * META-INF/native/linux-x86_64/libbelfry.so      for every libc
 *                              echo, ...         static
 *                              belfry-host       for glibc
 *                              musl/belfry-host  for musl
 *                 linux-aarch64/                 the same
 * </pre>
 */
public final class Platform {
    static final String X86_64 = "linux-x86_64";
    static final String AARCH64 = "linux-aarch64";

    private static final String DIRECTORY = "/META-INF/native/";
    private static final String SHIM = "libbelfry.so";
    private static final Pattern GLIBC = Pattern.compile(".*/libc(-[0-9.]+\\.so|\\.so\\.6)");
    private static final Pattern MUSL = Pattern.compile(".*/(ld-musl-[^/]*|libc\\.so)");

    private Platform() {}

    /**
     * The directory of a platform's natives.
     *
     * @param osName the system property {@code os.name}
     * @param osArch the system property {@code os.arch}
     * @return for example {@code linux-x86_64}; for a platform without natives its own names in the same form
     */
    static String name(String osName, String osArch) {
        String arch = switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64", "x64", "x86-64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default -> osArch.toLowerCase(Locale.ROOT);
        };
        return osName.toLowerCase(Locale.ROOT).replace(' ', '_') + "-" + arch;
    }

    /**
     * The resource that holds a file for a platform, as an absolute path inside the jar. It may be that there is none.
     *
     * @param musl whether the VM's libc is musl; asked only when that makes a difference
     */
    static String resource(String platform, String file, Predicate<String> inJar, BooleanSupplier musl) {
        String forMusl = DIRECTORY + platform + "/musl/" + file;
        return inJar.test(forMusl) && musl.getAsBoolean() ? forMusl : DIRECTORY + platform + "/" + file;
    }

    /** Whether a process with these lines in /proc/PID/maps has musl as its libc. */
    static boolean isMusl(List<String> maps) {
        return maps.stream().noneMatch(line -> GLIBC.matcher(line).matches())
                && maps.stream().anyMatch(line -> MUSL.matcher(line).matches());
    }

    /** Why a jar with natives for {@code built} has none for {@code platform}, and what to do. */
    static String missing(String platform, List<String> built) {
        if (!platform.startsWith("linux-")) {
            return "Belfry runs on Linux only, and this VM's platform is " + platform
                    + ": run it in a Linux container or virtual machine";
        }
        if (!platform.equals(X86_64) && !platform.equals(AARCH64)) {
            return "Belfry has natives for " + X86_64 + " and " + AARCH64 + " only, and this VM's platform is "
                    + platform + ": use a 64-bit VM on one of these";
        }
        return "this jar was built for " + (built.isEmpty() ? "no platform" : String.join(" and ", built)) + ", not for "
                + platform + ": build one for all with mvn -Prelease package, or one on this platform with mvn package";
    }

    /** The same for the running platform and this jar; empty when there are natives. */
    public static String missing() {
        if (inJar(resource(SHIM))) {
            return "";
        }
        return missing(
                running(),
                List.of(X86_64, AARCH64).stream()
                        .filter(platform -> inJar(DIRECTORY + platform + "/" + SHIM))
                        .toList());
    }

    /** The resource that holds a file for the running platform. */
    public static String resource(String file) {
        return resource(running(), file, Platform::inJar, Platform::runsOnMusl);
    }

    public static InputStream open(String resource) throws IOException {
        InputStream in = Platform.class.getResourceAsStream(resource);
        if (in == null) {
            throw new FileNotFoundException(resource + " is not in this jar");
        }
        return in;
    }

    private static String running() {
        return name(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    private static boolean inJar(String resource) {
        return Platform.class.getResource(resource) != null;
    }

    /** Without /proc nothing is known, and most have glibc. */
    private static boolean runsOnMusl() {
        try {
            return isMusl(Files.readAllLines(Path.of("/proc/self/maps")));
        } catch (IOException e) {
            return false;
        }
    }
}
