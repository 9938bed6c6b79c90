package io.github.belfry;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Strings as C has them: bytes, ended by NUL. */
final class CStrings {
    private CStrings() {}

    /** Throws IllegalArgumentException when there is a NUL inside, which C would take for the end. */
    static String withoutNul(String text, String what) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    what + " has a NUL character in it: '" + text.replace("\0", "\\0") + "'");
        }
        return text;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] joinText(List<String> strings) {
        return join(strings.stream().map(CStrings::utf8).toList());
    }

    /** Each followed by NUL. */
    static byte[] join(List<byte[]> strings) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] string : strings) {
            joined.writeBytes(string);
            joined.write(0);
        }
        return joined.toByteArray();
    }

    static List<byte[]> split(byte[] joined) {
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
