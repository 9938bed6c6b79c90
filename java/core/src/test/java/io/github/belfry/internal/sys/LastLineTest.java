package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LastLineTest {
    @Test
    void aMessageHasTheLastLineThatIsNotBlank() {
        assertThat(LastLine.said("one\ntwo\n")).isEqualTo("; it said: two");
        assertThat(LastLine.said("one\n  two \r\n\n \n")).isEqualTo("; it said: two");
        assertThat(LastLine.said("no end of line")).isEqualTo("; it said: no end of line");
        assertThat(LastLine.said("10%\r20%\r")).isEqualTo("; it said: 20%");
    }

    @Test
    void nothingSaidIsNothing() {
        assertThat(LastLine.said("")).isEmpty();
        assertThat(LastLine.said(" \n\n")).isEmpty();
    }

    @Test
    void aLongLineIsCut() {
        assertThat(LastLine.said("x".repeat(8192))).isEqualTo("; it said: " + "x".repeat(300) + "...");
    }

    @Test
    void ofMuchOnlyTheEndIsLookedAt() {
        byte[] stderr = ("one\n" + "\n".repeat(100_000) + "two").getBytes(StandardCharsets.UTF_8);
        assertThat(LastLine.said(stderr)).isEqualTo("; it said: two");
        assertThat(LastLine.said(new byte[0])).isEmpty();
    }
}
