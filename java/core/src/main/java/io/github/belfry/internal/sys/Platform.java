package io.github.belfry.internal.sys;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/** The name under which the natives of a platform lie in the jar. */
public final class Platform {
    private Platform() {}

    /**
     * The directory of the running platform's natives.
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

    /** A resource of the running platform, as an absolute path inside the jar. */
    public static String resource(String file) {
        return "/META-INF/native/" + name(System.getProperty("os.name"), System.getProperty("os.arch")) + "/" + file;
    }

    public static InputStream open(String resource) throws IOException {
        InputStream in = Platform.class.getResourceAsStream(resource);
        if (in == null) {
            throw new FileNotFoundException(resource + " is not in this jar");
        }
        return in;
    }
}
