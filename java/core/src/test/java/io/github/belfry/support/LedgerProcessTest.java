package io.github.belfry.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.proofs.KillStormTest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The ledger of {@link KillStormTest} finds each fault that it looks for. */
public class LedgerProcessTest {
    private static final long PLACE_1 = 1L << 40;

    @Test
    public void aRightRunHasNoFault() throws Exception {
        try (LedgerProcess process = new LedgerProcess(3)) {
            for (int number = 0; number < 3; number++) {
                process.ledger().send(number);
                process.enter(1, PLACE_1 + number + 1, number, 1);
                reply(process, number);
            }
            LedgerProcess.Verdict verdict = process.verdict();
            assertThat(verdict.faults()).isZero();
            assertThat(verdict.counts())
                    .containsAllEntriesOf(Map.of("sent", 3L, "once", 3L, "entries", 3L, "again", 0L));
        }
    }

    @Test
    public void eachFaultIsFound() throws Exception {
        try (LedgerProcess process = new LedgerProcess(100)) {
            for (int number = 0; number < 8; number++) {
                process.ledger().send(number);
            }
            process.enter(0, 10, 0, 1); // no reply: lost
            process.enter(0, 11, 1, 1);
            reply(process, 1);
            reply(process, 1); // doubled
            process.enter(0, 13, 2, 1);
            process.enter(0, 12, 3, 1); // disorder
            process.enter(0, 13, 2, 2); // again
            process.enter(0, 14, 4, 1);
            process.enter(0, 15, 4, 1); // again, and repeated as if for the first time
            process.enter(0, 16, 100, 1); // nonsense: no such message
            process.ledger().end(5, new IllegalStateException()); // failed, lost and unhandled
            for (int number : new int[] {2, 3, 4, 6}) { // 6 is unhandled
                reply(process, number);
            }
            process.enter(1, 9, 7, 1); // submitted to slot 0, moved: in no wrong order
            reply(process, 7);
            assertThat(process.verdict().counts())
                    .isEqualTo(Map.ofEntries(
                            Map.entry("sent", 8L),
                            Map.entry("once", 5L),
                            Map.entry("lost", 2L),
                            Map.entry("doubled", 1L),
                            Map.entry("failed", 1L),
                            Map.entry("unhandled", 2L),
                            Map.entry("entries", 9L),
                            Map.entry("again", 2L),
                            Map.entry("repeated", 1L),
                            Map.entry("disorder", 1L),
                            Map.entry("nonsense", 1L)));
        }
    }

    /** A master that ends in the middle of it. */
    public static final class EndsEarly {
        public static void main(String[] args) throws Exception {
            LedgerProcess process = new LedgerProcess(3, Stdio.INHERIT);
            process.ledger().send(0);
            process.ledger().send(2);
            process.enter(1, PLACE_1 + 1, 0, 1);
            reply(process, 0);
            Runtime.getRuntime().halt(0);
        }
    }

    @Test
    public void itJudgesAfterTheMastersDeath() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(EndsEarly.class)).lines())
                .contains("sent 2", "once 1", "lost 1", "entries 1");
    }

    private static void reply(LedgerProcess process, int number) {
        byte[] reply = Ledger.message(number, Ledger.NUMBER_BYTES);
        process.ledger().read(number, Ledger.NUMBER_BYTES, reply);
        process.ledger().end(number, null);
    }
}
