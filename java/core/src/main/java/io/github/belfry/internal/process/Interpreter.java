package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.Native;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What execve(2) loads besides a file that is there: the program behind a script's {@code #!}, or an ELF file's
 * PT_INTERP, the dynamic loader. Where that is missing execve says ENOENT, as if the file itself were.
 */
final class Interpreter {
    private static final int MAX_SCRIPTS = 4; // as the kernel
    private static final int HEAD_BYTES = 4096;
    private static final int SCRIPT_LINE_BYTES = 255;
    private static final int PATH_BYTES = 4096;

    private static final int ELF_CLASS = 4;
    private static final int ELF_DATA = 5;
    private static final int ELF_64 = 2;
    private static final int BIG_ENDIAN = 2;
    private static final int PT_INTERP = 3;

    private Interpreter() {}

    /**
     * The one that a file names and that isn't there, with control characters made visible; null when the file itself
     * is missing, or nothing is.
     *
     * @param directory for a relative path, null: this process's
     */
    static @Nullable String missing(byte[] file, byte @Nullable [] directory) {
        byte[] current = file;
        for (int scripts = 0; scripts <= MAX_SCRIPTS; scripts++) {
            int fd = Native.open(below(directory, current), Native.O_RDONLY | Native.O_NONBLOCK, true, 0);
            if (fd < 0) {
                return current == file ? null : visible(current);
            }
            byte[] next;
            try {
                next = named(fd);
            } finally {
                Native.close(fd);
            }
            if (next == null) {
                return null;
            }
            current = next;
        }
        return null;
    }

    private static byte[] below(byte @Nullable [] directory, byte[] path) {
        if (directory == null || path.length > 0 && path[0] == '/') {
            return path;
        }
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.writeBytes(directory);
        joined.write('/');
        joined.writeBytes(path);
        return joined.toByteArray();
    }

    private static byte @Nullable [] named(int fd) {
        ByteBuffer head = read(fd, 0, HEAD_BYTES);
        if (head.remaining() >= 2 && head.get(0) == '#' && head.get(1) == '!') {
            return ofScript(head);
        }
        try {
            return ofElf(fd, head);
        } catch (IndexOutOfBoundsException | ArithmeticException damaged) {
            return null;
        }
    }

    private static ByteBuffer read(int fd, long offset, int length) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        return bytes.limit(Math.max(0, Native.pread(fd, bytes, offset)));
    }

    /** Up to a blank: what follows is an argument. A carriage return is part of the name. */
    private static byte @Nullable [] ofScript(ByteBuffer head) {
        String line = text(head, 2, Math.min(head.limit(), SCRIPT_LINE_BYTES)).split("\n", 2)[0];
        String name = line.replaceFirst("^[ \t]+", "").split("[ \t]", 2)[0];
        return name.isEmpty() ? null : name.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte @Nullable [] ofElf(int fd, ByteBuffer head) {
        if (head.limit() < ELF_DATA || !text(head, 0, ELF_CLASS).equals("\177ELF")) {
            return null;
        }
        boolean wide = head.get(ELF_CLASS) == ELF_64;
        head.order(head.get(ELF_DATA) == BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        long table = wide ? head.getLong(32) : head.getInt(28);
        int size = head.getShort(wide ? 54 : 42);
        int count = head.getShort(wide ? 56 : 44);
        for (int i = 0; i < count; i++) {
            int at = Math.toIntExact(table) + i * size;
            if (head.getInt(at) == PT_INTERP) {
                long offset = wide ? head.getLong(at + 8) : head.getInt(at + 4);
                ByteBuffer name = read(fd, offset, PATH_BYTES);
                String text = text(name, 0, name.limit());
                return text.substring(0, text.indexOf('\0')).getBytes(StandardCharsets.ISO_8859_1);
            }
        }
        return null;
    }

    /** One character for each byte. */
    private static String text(ByteBuffer bytes, int from, int to) {
        byte[] copy = new byte[to - from];
        bytes.get(from, copy);
        return new String(copy, StandardCharsets.ISO_8859_1);
    }

    private static String visible(byte[] name) {
        StringBuilder text = new StringBuilder();
        for (char c : new String(name, StandardCharsets.UTF_8).toCharArray()) {
            text.append(c == '\r' ? "\\r" : Character.isISOControl(c) ? "?" : c);
        }
        return text.toString();
    }
}
