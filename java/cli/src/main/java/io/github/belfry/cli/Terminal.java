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

    private static final Size USUAL = new Size(24, 80);

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

    /** The height of the one that is standard output; 24 if it can't be told. */
    static int rows() {
        return size().rows;
    }

    /** Its width; 80 if it can't be told. */
    static int columns() {
        return size().columns;
    }

    private record Size(int rows, int columns) {}

    /** Only an ioctl tells, and so stty(1). */
    private static Size size() {
        ProcessBuilder stty = new ProcessBuilder("stty", "size")
                .redirectInput(new File("/proc/self/fd/" + STDOUT))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        try (BufferedReader reader = stty.start().inputReader()) {
            String[] size = String.valueOf(reader.readLine()).split(" ");
            int rows = Integer.parseInt(size[0]);
            int columns = Integer.parseInt(size[1]);
            return new Size(rows > 0 ? rows : USUAL.rows, columns > 0 ? columns : USUAL.columns);
        } catch (IOException | RuntimeException unknown) {
            return USUAL;
        }
    }

    /** For a name that comes from elsewhere: what would move the cursor, or worse, is shown as a question mark. */
    static String harmless(String text) {
        return text.replaceAll("\\p{Cc}", "?");
    }

    /** A message, which may quote what comes from elsewhere. */
    static String oneLine(String message) {
        return harmless(message.strip().replaceAll("\\s*\\R\\s*", " "));
    }
}
