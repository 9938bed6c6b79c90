package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.PoolListener;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.internal.pool.Incarnation;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import io.github.belfry.support.SqliteConnection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Money moves between accounts in an SQLite database, in transactions of several requests, while the workers that hold
 * the connections are killed. A worker complains about each request that another process should have got.
 */
@Tag(Proof.TAG)
class SessionStormTest {
    private static final int WORKERS = 2;
    private static final int MOVERS = 3; // so some share a worker
    private static final int UNDER_WAY = 20; // of the thread that only asks
    private static final int ACCOUNTS = 8;
    private static final int CENTS = 1_000_000;

    private final int transfers = Proof.times(1_000, 50_000);
    private final int kills = Proof.times(20, 1_000);

    @TempDir
    private Path directory;

    private WatchedConnections connections;
    private final AtomicInteger next = new AtomicInteger();
    private final LongAdder ended = new LongAdder();

    /** By token. */
    private final Map<Integer, Transfer> committed = new ConcurrentSkipListMap<>();

    /** Index of the worker that has been given the latest commit. */
    private volatile int committing;

    private final LongAdder commits = new LongAdder();
    private final LongAdder rolledBack = new LongAdder();
    private final LongAdder lostBeforeCommit = new LongAdder();
    private final LongAdder lostInCommit = new LongAdder();
    private final LongAdder foundCommitted = new LongAdder();
    private final LongAdder committedUnasked = new LongAdder();

    private record Transfer(int token, int from, int to, int cents) {}

    /** A thread that makes transfers, each until it is committed or rolled back on purpose. */
    private final class Mover implements Runnable {
        private final SplittableRandom random;
        private Transfer transfer;
        private boolean begun; // in a session that was lost
        private boolean maybeCommitted;

        Mover(SplittableRandom random) {
            this.random = random;
            proceed();
        }

        private void proceed() {
            int token = next.getAndIncrement();
            int from = random.nextInt(ACCOUNTS);
            int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
            transfer = token < transfers ? new Transfer(token, from, to, 1 + random.nextInt(100)) : null;
            begun = false;
            maybeCommitted = false;
        }

        private void end() {
            ended.increment();
            proceed();
        }

        @Override
        public void run() {
            while (transfer != null) {
                WatchedConnections.Connection connection = connections.next();
                try {
                    connection.open();
                    while (transfer != null) {
                        lookAfterLoss(connection);
                        if (transfer != null) {
                            make(connection);
                        }
                    }
                    connection.close();
                } catch (WorkerDiedException e) {
                    connection.lost();
                }
            }
        }

        /** What a lost session has left: nothing, unless its commit was under way. */
        private void lookAfterLoss(WatchedConnections.Connection connection) {
            if (!begun) {
                return;
            }
            List<String> count = connection.execute("SELECT count(*) FROM transfer WHERE token = ?1", transfer.token());
            boolean isThere = count.get(0).equals("1");
            committedUnasked.add(isThere && !maybeCommitted ? 1 : 0);
            (maybeCommitted ? lostInCommit : lostBeforeCommit).increment();
            begun = false;
            maybeCommitted = false;
            if (isThere) {
                foundCommitted.increment();
                committed.put(transfer.token(), transfer);
                end();
            }
        }

        private void make(WatchedConnections.Connection connection) {
            begin(connection);
            begun = true;
            String change = "UPDATE account SET cents = cents + ?2 WHERE id = ?1";
            List<CompletableFuture<List<String>>> changes = List.of(
                    connection.submit(change, transfer.from(), -transfer.cents()),
                    connection.submit(change, transfer.to(), transfer.cents()),
                    connection.submit("INSERT INTO transfer VALUES (?1, ?2)", transfer.token(), transfer.cents()));
            join(changes);
            if (random.nextInt(8) == 0) {
                connection.execute("ROLLBACK");
                rolledBack.increment();
            } else {
                commit(connection);
                committed.put(transfer.token(), transfer);
            }
            end();
        }

        private void commit(WatchedConnections.Connection connection) {
            committing = connection.worker();
            commits.increment();
            try {
                connection.execute("COMMIT");
            } catch (WorkerDiedException e) {
                maybeCommitted = e.mayHaveRun();
                throw e;
            }
        }

        private void begin(WatchedConnections.Connection connection) {
            while (true) {
                try {
                    connection.execute("BEGIN IMMEDIATE");
                    return;
                } catch (WorkerFaultException e) {
                    assertThat(e.code()).as(e.getMessage()).isEqualTo(SqliteConnection.BUSY);
                    LockSupport.parkNanos(random.nextInt(500_000));
                }
            }
        }
    }

    /** Always has requests under way, so that some are at each death. */
    private void ask(CompletableFuture<Void> movers) {
        while (!movers.isDone()) {
            WatchedConnections.Connection connection = connections.next();
            try {
                connection.open();
                while (!movers.isDone()) {
                    join(Stream.generate(() -> connection.submit("SELECT 1"))
                            .limit(UNDER_WAY)
                            .toList());
                }
                connection.close();
            } catch (WorkerDiedException e) {
                connection.lost();
            }
        }
    }

    private static void join(List<? extends CompletableFuture<?>> all) {
        try {
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof WorkerDiedException died) {
                throw died;
            }
            throw e;
        }
    }

    /** Kills workers, each at a random moment of its share of the transfers, every other one about at a commit. */
    private int kill(WorkerPool pool, SplittableRandom random, CompletableFuture<Void> movers) {
        List<Slot> slots = Inside.of(pool).slots();
        int killed = 0;
        while (killed < kills && !movers.isDone()) {
            long from = (long) transfers * killed / kills + random.nextLong(Math.max(1, transfers / kills));
            while (ended.sum() < from && !movers.isDone()) {
                LockSupport.parkNanos(random.nextInt(1_000_000));
            }
            int worker = random.nextInt(WORKERS);
            if (killed % 2 == 0) {
                spinUntilCommit(random, movers);
                worker = committing;
            }
            Incarnation incarnation = slots.get(worker).incarnation();
            if (incarnation != null && incarnation.child().ring(Signal.KILL)) {
                while (incarnation.exit() == null) {
                    LockSupport.parkNanos(20_000);
                }
                connections.processEnded(incarnation.pid());
                killed++;
            }
        }
        return killed;
    }

    private void spinUntilCommit(SplittableRandom random, CompletableFuture<Void> movers) {
        long before = commits.sum();
        while (commits.sum() == before && !movers.isDone()) {
            Thread.onSpinWait();
        }
        long until = System.nanoTime() + random.nextInt(60_000);
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    private WorkerPool.Builder pool() {
        Path complaints = directory.resolve("complaints");
        return SqliteConnection.pool(directory.resolve("database"))
                .process(process -> process.stderr(Stdio.append(complaints)));
    }

    @Test
    void eachLostSessionIsToldAndItsTransactionIsWholeOrGone() throws Exception {
        SplittableRandom random = Seed.random(SessionStormTest.class);
        long start = System.nanoTime();
        int killed;
        WorkerStats total;
        try (WorkerPool pool =
                pool().workers(WORKERS).listener(new PoolListener() {}).start()) {
            create(pool);
            connections = new WatchedConnections(pool);
            List<CompletableFuture<Void>> movers = new ArrayList<>();
            for (int i = 0; i < MOVERS; i++) {
                movers.add(CompletableFuture.runAsync(new Mover(random.split()), OwnThread.PER_TASK));
            }
            CompletableFuture<Void> all = CompletableFuture.allOf(movers.toArray(CompletableFuture[]::new));
            CompletableFuture<Void> asker = CompletableFuture.runAsync(() -> ask(all), OwnThread.PER_TASK);
            killed = kill(pool, random, all);
            all.get(Proof.times(60, 600), TimeUnit.SECONDS);
            asker.get(60, TimeUnit.SECONDS);
            Await.until(() -> "nothing is left: " + pool.stats(), () -> Requests.unanswered(pool) == 0);
            total = pool.stats().total();
        }
        System.out.printf("%.1f s, %s%n", (System.nanoTime() - start) / 1e9, total);
        assertThat(killed).isEqualTo(kills);
        assertThat(total.deaths()).isEqualTo(kills);
        assertThat(total.rescues()).isZero();
        connections.judge();
        assertThat(directory.resolve("complaints"))
                .as("requests at another process")
                .isEmptyFile();
        assertThat(committedUnasked.sum()).as("committed without a commit").isZero();
        judgeDatabase();
        Proof.counted(
                "sessions",
                "%,d workers killed during %,d transactions of several requests, %,d of them rolled back: %,d of %,d"
                        + " sessions lost, each told, 0 open then, 0 requests at another process; %,d lost before their"
                        + " commit, 0 of them there; %,d lost in it, %,d of them there; %,d told committed, each there;"
                        + " the sum is right",
                killed,
                transfers,
                rolledBack.sum(),
                connections.told(),
                connections.sessions(),
                lostBeforeCommit.sum(),
                lostInCommit.sum(),
                foundCommitted.sum(),
                committed.size() - foundCommitted.sum());
    }

    private static void create(WorkerPool pool) {
        SqliteConnection connection = new SqliteConnection(pool.session());
        connection.open();
        connection.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, cents INTEGER NOT NULL)");
        connection.execute("CREATE TABLE transfer (token INTEGER PRIMARY KEY, cents INTEGER NOT NULL)");
        for (int id = 0; id < ACCOUNTS; id++) {
            connection.execute("INSERT INTO account VALUES (?1, ?2)", id, CENTS);
        }
        connection.close();
    }

    private void judgeDatabase() throws Exception {
        Map<Integer, Integer> cents = new TreeMap<>();
        for (int id = 0; id < ACCOUNTS; id++) {
            cents.put(id, CENTS);
        }
        committed.values().forEach(transfer -> {
            cents.merge(transfer.from(), -transfer.cents(), Integer::sum);
            cents.merge(transfer.to(), transfer.cents(), Integer::sum);
        });
        try (WorkerPool fresh = pool().workers(1).start()) {
            SqliteConnection connection = new SqliteConnection(fresh.session());
            connection.open();
            assertThat(connection.execute("PRAGMA integrity_check")).containsExactly("ok");
            assertThat(connection.execute("SELECT sum(cents) FROM account"))
                    .containsExactly(Integer.toString(ACCOUNTS * CENTS));
            assertThat(connection.execute("SELECT cents FROM account ORDER BY id"))
                    .isEqualTo(cents.values().stream().map(Object::toString).toList());
            assertThat(connection.execute("SELECT token FROM transfer ORDER BY token"))
                    .isEqualTo(committed.keySet().stream().map(Object::toString).toList());
            connection.close();
        }
    }
}
