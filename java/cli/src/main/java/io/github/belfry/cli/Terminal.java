package io.github.belfry.cli;

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

    /** For a name that comes from elsewhere: what would move the cursor, or worse, is shown as a question mark. */
    static String harmless(String text) {
        return text.replaceAll("\\p{Cc}", "?");
    }
}
