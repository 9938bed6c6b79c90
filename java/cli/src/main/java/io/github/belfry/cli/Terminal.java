package io.github.belfry.cli;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether a standard stream is a terminal. {@code System.console()} can't tell: it wants both input and output to be
 * one, and on JDK 22 and newer it is there even when neither is. The kernel can: /proc/self/fd/N is the open file
 * itself, and a terminal is a device whose major number says so (Documentation/admin-guide/devices.txt).
 */
final class Terminal {
    static final int STDIN = 0;
    static final int STDOUT = 1;
    static final int STDERR = 2;

    private static final int USUAL_ROWS = 24;

    private Terminal() {}

    static boolean is(int fd) {
        try {
            return isTerminal(major((long) Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:rdev")));
        } catch (IOException | UnsupportedOperationException closed) {
            return false;
        }
    }

    private static boolean isTerminal(int major) {
        boolean pseudo = major >= 136 && major <= 143;
        boolean console = major == 4 || major == 5;
        boolean serial = major == 188 || major == 204 || major == 229; // USB, ARM, hypervisor
        return pseudo || console || serial;
    }

    /** As gnu_dev_major(3) does. */
    private static int major(long device) {
        return (int) (device >>> 8 & 0xfff | device >>> 32 & 0xfffff000);
    }

    /** The height of the one that is standard output, which only an ioctl tells, and so stty(1); 24 if it can't. */
    static int rows() {
        ProcessBuilder stty = new ProcessBuilder("stty", "size")
                .redirectInput(new File("/proc/self/fd/" + STDOUT))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        try (BufferedReader reader = stty.start().inputReader()) {
            String size = reader.readLine();
            int rows = size == null ? 0 : Integer.parseInt(size.substring(0, size.indexOf(' ')));
            return rows > 0 ? rows : USUAL_ROWS;
        } catch (IOException | RuntimeException unknown) {
            return USUAL_ROWS;
        }
    }

    /** For a name that comes from elsewhere: what would move the cursor, or worse, is shown as a question mark. */
    static String harmless(String text) {
        return text.replaceAll("\\p{Cc}", "?");
    }
}
