package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StderrTailTest {
    private final List<String> told = new ArrayList<>();

    private void tell(byte[] written) {
        new StderrTail(new ByteArrayInputStream(written), told::add).finish();
    }

    private static String line(int length) {
        return "x".repeat(length);
    }

    /** A line that is just as long as a piece is one, and no empty one follows. */
    @Test
    void onlyALongerLineComesInPieces() {
        int max = StderrTail.MAX_LINE_BYTES;
        tell((line(max) + "\n" + line(max + 1) + "\n\n" + line(max)).getBytes(StandardCharsets.UTF_8));
        assertThat(told).containsExactly(line(max), line(max), "x", "", line(max));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00fc", "\u20ac", "\ud83d\ude00"})
    void aPieceEndsBehindACharacter(String character) {
        for (int before = StderrTail.MAX_LINE_BYTES - 4; before <= StderrTail.MAX_LINE_BYTES; before++) {
            told.clear();
            String written = line(before) + character + line(10);
            tell(written.getBytes(StandardCharsets.UTF_8));
            assertThat(told).hasSize(2);
            assertThat(String.join("", told)).isEqualTo(written);
        }
    }
}
