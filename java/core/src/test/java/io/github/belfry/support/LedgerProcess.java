package io.github.belfry.support;

import io.github.belfry.SharedMapping;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.ring.Layout;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The third process, {@code c/tests/ledger.c}: it sees what the workers enter into their logs and what the master says
 * in the words of a {@link Ledger}. It outlives this VM, should that die.
 */
public final class LedgerProcess implements AutoCloseable {
    private static final int PLACES = 4;

    private static final int LEDGER_FD = 7;
    private static final int LOG_ENTRIES = 1 << 14;

    /** {@code struct ledger_log}: tail, head, entries of id, number and attempt. */
    private static final int ENTRIES = 256;

    private static final int ENTRY_BYTES = 16;
    private static final int LOG_BYTES = ENTRIES + LOG_ENTRIES * ENTRY_BYTES;

    private final SharedMapping shared;
    private final WorkerProcess process;
    private final Ledger ledger;

    public LedgerProcess(int messages) throws IOException {
        this(messages, Stdio.PIPE);
    }

    public LedgerProcess(int messages, Stdio verdict) throws IOException {
        shared = SharedMapping.anonymous("belfry-ledger", (long) PLACES * LOG_BYTES + (long) messages * Integer.BYTES);
        ledger = new Ledger(shared.buffer(PLACES * LOG_BYTES, messages * Integer.BYTES));
        process = WorkerProcess.command(TestPrograms.path("ledger"), Integer.toString(messages))
                .passMapping(LEDGER_FD, shared)
                .stdin(Stdio.PIPE)
                .stdout(verdict)
                .dieWithParent(false)
                .start();
    }

    /** What the ledger counted, by the names that it prints. */
    public record Verdict(Map<String, Long> counts) {
        private static final List<String> FAULTS =
                List.of("lost", "doubled", "failed", "unhandled", "repeated", "nonsense");

        public long of(String what) {
            return counts.get(what);
        }

        public long faults() {
            return FAULTS.stream().mapToLong(this::of).sum();
        }
    }

    public Ledger ledger() {
        return ledger;
    }

    /** Gives the workers the memory that they log into. */
    public void passTo(WorkerProcess.Builder worker) {
        worker.passMapping(LEDGER_FD, shared);
    }

    /** What a worker in this slot would enter. */
    public void enter(int slot, long id, int number, int attempt) {
        int log = slot * LOG_BYTES;
        long tail = (long) Layout.LONG.getAcquire(shared.buffer(), log);
        int entry = log + ENTRIES + (int) tail * ENTRY_BYTES;
        shared.buffer()
                .putLong(entry, id)
                .putInt(entry + Long.BYTES, number)
                .putInt(entry + Long.BYTES + Integer.BYTES, attempt);
        Layout.LONG.setRelease(shared.buffer(), log, tail + 1);
    }

    /** Ends the process, which prints its verdict. */
    public Verdict verdict() throws Exception {
        process.stdin().close();
        Map<String, Long> counts = new LinkedHashMap<>();
        try (BufferedReader lines = TestPrograms.reader(process)) {
            lines.lines().map(line -> line.split(" ")).forEach(line -> counts.put(line[0], Long.valueOf(line[1])));
        }
        return new Verdict(counts);
    }

    @Override
    public void close() {
        process.close();
        shared.close();
    }
}
