package io.github.belfry.support;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.commons.io.FileUtils;
import org.apache.commons.io.function.Uncheck;

/**
 * How often a test repeats what it proves: a little in each build, as often as GUARANTEES.md says under
 * {@code -Pproofs}, which runs the classes tagged with {@link #TAG}.
 */
public final class Proof {
    public static final String TAG = "proof";

    private static final boolean WHOLE = Boolean.getBoolean("belfry.proofs");
    private static final File COUNTS = new File("target", "proofs.txt");

    private Proof() {}

    public static boolean isWhole() {
        return WHOLE;
    }

    public static int times(int brief, int whole) {
        return WHOLE ? whole : brief;
    }

    /** What was counted, for GUARANTEES.md: a line of the output, and of {@code target/proofs.txt}. */
    public static void counted(String promise, String format, Object... counts) {
        String line = promise + ": " + String.format(Locale.ROOT, format, counts) + "\n";
        System.out.print(line);
        Uncheck.run(() -> FileUtils.writeStringToFile(COUNTS, line, StandardCharsets.UTF_8, true));
    }
}
