package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example in Java for sessions: money moves in an SQLite database, while workers are killed. */
@Tag("once")
class AccountsIT {
    private static final String WORKER = BelfryJar.testProgram("sqlite_worker");

    @TempDir
    private Path directory;

    @Test
    void eachTransferIsMadeOnceAlthoughWorkersAreKilled() throws Exception {
        assumeTrue(Files.exists(Path.of(WORKER)), "built where there was no sqlite3.h");
        String database = directory.resolve("accounts.db").toString();
        try (Run run = Run.of(BelfryJar.source("Accounts.java", WORKER, database))) {
            assertThat(run.output())
                    .contains(
                            "1000 transfers by 4 threads, while all workers were killed 10 times",
                            "1000 transfers in the database; 1000000 cents in 10 accounts");
            assertThat(run.status()).isZero();
        }
    }

    @Test
    void wrongUsageIs2() throws Exception {
        try (Run run = Run.of(BelfryJar.source("Accounts.java"))) {
            assertThat(run.output()).isEqualTo("usage: java Accounts.java WORKER FILE\n");
            assertThat(run.status()).isEqualTo(2);
        }
    }
}
