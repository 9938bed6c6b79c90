package io.github.belfry.internal.sys;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Strings as C has them: bytes, ended by NUL. */
public final class CStrings {
    private static final char MAX_ASCII = 0x7f;

    private CStrings() {}

    /** Throws IllegalArgumentException when there is a NUL inside, which C would take for the end. */
    public static String withoutNul(String text, String what) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    what + " has a NUL character in it: '" + text.replace("\0", "\\0") + "'");
        }
        return text;
    }

    /**
     * The same, and when there is a surrogate without its other half, which UTF-8 can't have: {@link #utf8} would make
     * a question mark of it.
     */
    public static String encodable(String text, String what) {
        withoutNul(text, what);
        text.codePoints().filter(CStrings::isSurrogate).findFirst().ifPresent(lone -> {
            String escape = String.format("\\u%04x", lone);
            throw new IllegalArgumentException(what + " has a surrogate without its other half in it, " + escape + ": '"
                    + text.replace(Character.toString(lone), escape) + "'");
        });
        return text;
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    public static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * A path as the file system has it, absolute. What is ASCII in its string is the same bytes; of the rest a string
     * may have lost some, in a locale that isn't UTF-8 or when the name never was text.
     */
    public static byte[] path(Path path) {
        String text = path.toAbsolutePath().toString();
        return isAscii(text) ? text.getBytes(StandardCharsets.US_ASCII) : pathOfUri(path);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > MAX_ASCII) {
                return false;
            }
        }
        return true;
    }

    /** A URI has every byte, but is made by a system call and some microseconds of parsing. */
    private static byte[] pathOfUri(Path path) {
        String uri = path.toUri().getRawPath();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < uri.length(); i++) {
            if (uri.charAt(i) == '%') {
                bytes.write(Integer.parseInt(uri, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(uri.charAt(i));
            }
        }
        // The URI of a directory ends with a slash, which would follow a symbolic link.
        int length = bytes.size() > 1 && uri.endsWith("/") ? bytes.size() - 1 : bytes.size();
        return Arrays.copyOf(bytes.toByteArray(), length);
    }

    /** {@code path} itself, which has to be one that can be passed to a system call. */
    public static Path checked(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException(path + " is not a path of the default file system");
        }
        return path;
    }

    /** Each followed by NUL. */
    public static byte[] join(List<byte[]> strings) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] string : strings) {
            joined.writeBytes(string);
            joined.write(0);
        }
        return joined.toByteArray();
    }

    public static List<byte[]> split(byte[] joined) {
        List<byte[]> strings = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < joined.length; i++) {
            if (joined[i] == 0) {
                strings.add(Arrays.copyOfRange(joined, start, i));
                start = i + 1;
            }
        }
        return strings;
    }
}
