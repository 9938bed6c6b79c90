package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What no run of a program tells for certain. */
class ExchangeTest {
    /** Less than a pipe holds, so nothing has to be read for the program to end. */
    private static final int BYTES = 60_000;

    @Test
    void whatAnEndedProgramHasLeftIsRead() throws Exception {
        String script = "head -c " + BYTES + " /dev/zero; echo err >&2";
        try (Exchange exchange = new Exchange("sh", null, true, true)) {
            Child child = Spawner.start(
                    new LaunchOptions(List.of("sh", "-c", script)).build(),
                    exchange.given(true, true, true).toArray(Descriptors.Given[]::new));
            exchange.closeChildEnds();
            child.await();
            exchange.readUntil(() -> true);
            assertThat(exchange.stdout()).hasSize(BYTES);
            assertThat(exchange.stderr()).asString().isEqualTo("err\n");
        }
    }
}
