package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.SqliteConnection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Connections of several threads, each in a session of its own, and what must never be seen of sessions. */
final class WatchedConnections {
    private final WorkerPool pool;

    /** Those that aren't about to be closed. */
    private final Set<Connection> inUse = ConcurrentHashMap.newKeySet();

    private final AtomicReference<Connection> lastLost = new AtomicReference<>();

    private final LongAdder sessions = new LongAdder();
    private final LongAdder told = new LongAdder();
    private final LongAdder closed = new LongAdder();

    private final LongAdder openAfterDeath = new LongAdder();
    private final LongAdder openWhenTold = new LongAdder();
    private final LongAdder answeredAfterDeath = new LongAdder();

    WatchedConnections(WorkerPool pool) {
        this.pool = pool;
    }

    /** Used by one thread. */
    final class Connection {
        private final SqliteConnection sqlite = new SqliteConnection(pool.session());
        private volatile boolean isDead; // its process ended while it was in use

        Connection() {
            sessions.increment();
            inUse.add(this);
        }

        int worker() {
            return sqlite.session().worker();
        }

        private boolean isOpen() {
            return !isDead && sqlite.session().isOpen();
        }

        private void ended(boolean wasOpen, boolean failed) {
            if (failed) {
                openWhenTold.add(sqlite.session().isOpen() ? 1 : 0);
            } else {
                answeredAfterDeath.add(wasOpen ? 0 : 1);
            }
        }

        void open() {
            sqlite.open();
        }

        List<String> execute(Object... sqlAndValues) {
            boolean wasOpen = isOpen();
            try {
                List<String> values = sqlite.execute(sqlAndValues);
                ended(wasOpen, false);
                return values;
            } catch (WorkerDiedException e) {
                ended(wasOpen, true);
                throw e;
            }
        }

        CompletableFuture<List<String>> submit(Object... sqlAndValues) {
            boolean wasOpen = isOpen();
            return sqlite.submit(sqlAndValues).whenComplete((values, failure) -> ended(wasOpen, failure != null));
        }

        /** The thread that ends a process may have done so just before: then this is told. */
        void close() {
            inUse.remove(this);
            execute("SELECT 1");
            sqlite.close();
            closed.increment();
        }

        /** After it was told of its loss: whatever it is asked now, or later, runs nowhere. */
        void lost() {
            inUse.remove(this);
            told.increment();
            assertNothingRuns();
            Connection before = lastLost.getAndSet(this);
            if (before != null) {
                before.assertNothingRuns(); // its worker's next process has begun since, very likely
                before.sqlite.session().close();
            }
        }

        private void assertNothingRuns() {
            Object[] stray = {"INSERT INTO transfer VALUES (-1, 0)"};
            Throwable failure =
                    sqlite.submit(stray).handle((values, why) -> why.getCause()).join();
            assertThat(failure).isInstanceOf(WorkerDiedException.class);
            assertThat(((WorkerDiedException) failure).mayHaveRun()).isFalse();
            assertThatThrownBy(() -> sqlite.execute(stray)).isInstanceOf(WorkerDiedException.class);
        }
    }

    Connection next() {
        return new Connection();
    }

    /** The pool has seen this process end. */
    void processEnded(long pid) {
        for (Connection connection : inUse) {
            if (connection.sqlite.session().pid() == pid) {
                openAfterDeath.add(connection.isOpen() ? 1 : 0);
                connection.isDead = true;
            }
        }
    }

    long sessions() {
        return sessions.sum();
    }

    long told() {
        return told.sum();
    }

    /** When no thread uses any. */
    void judge() {
        assertThat(told.sum()).isPositive().isEqualTo(sessions.sum() - closed.sum());
        assertThat(openAfterDeath.sum()).as("open after their process's death").isZero();
        assertThat(openWhenTold.sum()).as("open when told that they are lost").isZero();
        assertThat(answeredAfterDeath.sum())
                .as("requests answered in lost sessions")
                .isZero();
    }
}
