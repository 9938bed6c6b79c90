package io.github.belfry.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The size of a ring as one types it: 65536, 64K, 1M, rounded up to a power of two. */
final class RingBytes implements ITypeConverter<Integer> {
    private static final int MIN = 64 << 10;
    private static final int MAX = 256 << 20;
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})([KM]?)");

    @Override
    public Integer convert(String text) {
        Matcher size = SIZE.matcher(text.toUpperCase(Locale.ROOT));
        if (!size.matches()) {
            throw new TypeConversionException("'" + text + "' is not a size such as 65536, 64K or 1M");
        }
        long bytes = Long.parseLong(size.group(1)) << shift(size.group(2));
        if (bytes < MIN || bytes > MAX) {
            throw new TypeConversionException("'" + text + "' is not between 64K and 256M");
        }
        int floor = Integer.highestOneBit((int) bytes);
        return floor == bytes ? floor : floor << 1;
    }

    private static int shift(String suffix) {
        return suffix.equals("K") ? 10 : suffix.equals("M") ? 20 : 0;
    }

    /** What to type so that a line over {@code lineBytes}, which is just below a ring's size, can pass. */
    static Optional<String> larger(int lineBytes) {
        int ring = Integer.highestOneBit(lineBytes) << 2;
        return ring > MAX ? Optional.empty() : Optional.of(ring < 1 << 20 ? (ring >> 10) + "K" : (ring >> 20) + "M");
    }
}
