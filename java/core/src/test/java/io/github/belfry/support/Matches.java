package io.github.belfry.support;

import java.util.List;
import java.util.regex.Pattern;

/** What a pattern finds in a text. */
public final class Matches {
    private Matches() {}

    /** The first group of each match. */
    public static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }
}
