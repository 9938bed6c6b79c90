package io.github.belfry.cli;

import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time as one types it: 30, 0.5. From a millisecond to a million seconds. */
final class Seconds implements ITypeConverter<Duration> {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?|\\.[0-9]{1,9}");
    private static final long MAX_MILLIS = 1_000_000_000;

    @Override
    public Duration convert(String text) {
        long millis = NUMBER.matcher(text).matches() ? Math.round(Double.parseDouble(text) * 1000) : 0;
        if (millis < 1 || millis > MAX_MILLIS) {
            throw new TypeConversionException("'" + text + "' is not a number of seconds from 0.001 to 1000000");
        }
        return Duration.ofMillis(millis);
    }
}
