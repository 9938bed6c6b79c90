package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StderrTailTest {
    @Test
    void aMessageHasTheLastLineThatIsNotBlank() {
        assertThat(StderrTail.said("one\ntwo\n")).isEqualTo("; it said: two");
        assertThat(StderrTail.said("one\n  two \r\n\n \n")).isEqualTo("; it said: two");
        assertThat(StderrTail.said("no end of line")).isEqualTo("; it said: no end of line");
        assertThat(StderrTail.said("10%\r20%\r")).isEqualTo("; it said: 20%");
    }

    @Test
    void nothingSaidIsNothing() {
        assertThat(StderrTail.said("")).isEmpty();
        assertThat(StderrTail.said(" \n\n")).isEmpty();
    }

    @Test
    void aLongLineIsCut() {
        assertThat(StderrTail.said("x".repeat(8192))).isEqualTo("; it said: " + "x".repeat(300) + "...");
    }
}
