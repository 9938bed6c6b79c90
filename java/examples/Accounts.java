import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Moves money between accounts, in transactions of several requests through sessions, while the workers are killed now
 * and then. A transaction whose session is lost is tried again as a whole: the database has rolled it back.
 *
 * <pre>
 * java -cp java/cli/target/belfry.jar java/examples/Accounts.java WORKER FILE
 * </pre>
 *
 * <p>WORKER is the program of {@code c/examples/sqlite_worker.c}, FILE its database, which is made if it isn't there.
 */
class Accounts {
    private static final int ACCOUNTS = 10;
    private static final int CENTS = 100_000; // in each
    private static final int TRANSFERS = 1_000;
    private static final int THREADS = 4;
    private static final int KILLS = 10;

    private final WorkerPool pool;
    private final String run = Long.toHexString(System.nanoTime());
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger made = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicInteger foundMade = new AtomicInteger();

    private Accounts(WorkerPool pool) {
        this.pool = pool;
    }

    /** A connection to the database. It is in one worker process, and gone with it. */
    private static final class Connection implements AutoCloseable {
        private static final int OPEN = 1; // the worker's request types
        private static final int EXECUTE = 2;
        private static final int CLOSE = 3;

        private final WorkerSession session;
        private final int handle;

        Connection(WorkerPool pool) {
            session = pool.session();
            try {
                handle = ByteBuffer.wrap(ask(OPEN, 0, ""))
                        .order(ByteOrder.nativeOrder())
                        .getInt();
            } catch (RuntimeException e) {
                session.close();
                throw e;
            }
        }

        private byte[] ask(int type, int handle, String strings) {
            byte[] bytes = strings.getBytes(StandardCharsets.UTF_8);
            ByteBuffer request = ByteBuffer.allocate(8 + bytes.length).order(ByteOrder.nativeOrder());
            request.putInt((int) session.pid()).putInt(handle).put(bytes);
            return session.call(type, request.array());
        }

        /** The values of all rows, one after the other. */
        List<String> execute(String sql, Object... values) {
            StringBuilder strings = new StringBuilder(sql).append('\0');
            for (Object value : values) {
                strings.append(value).append('\0');
            }
            String rows = new String(ask(EXECUTE, handle, strings.toString()), StandardCharsets.UTF_8);
            return rows.isEmpty() ? List.of() : List.of(rows.split("\0"));
        }

        /** Rolls back what isn't committed. */
        @Override
        public void close() {
            try (session) {
                ask(CLOSE, handle, "");
            } catch (WorkerDiedException gone) {
                // And the connection with it.
            }
        }
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("usage: java Accounts.java WORKER FILE");
            System.exit(2);
        }
        try (WorkerPool pool = WorkerPool.command(arguments).workers(2).start()) {
            Accounts accounts = new Accounts(pool);
            accounts.create();
            accounts.makeTransfersWhileWorkersAreKilled();
            accounts.report();
        }
    }

    private void create() {
        try (Connection connection = new Connection(pool)) {
            connection.execute("CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, cents INTEGER)");
            connection.execute("CREATE TABLE IF NOT EXISTS transfer (token TEXT PRIMARY KEY)");
            for (int id = 0; id < ACCOUNTS; id++) {
                connection.execute("INSERT OR IGNORE INTO account VALUES (?1, ?2)", id, CENTS);
            }
        }
    }

    private void makeTransfersWhileWorkersAreKilled() {
        CompletableFuture<?>[] threads = new CompletableFuture<?>[THREADS];
        for (int i = 0; i < THREADS; i++) {
            threads[i] = CompletableFuture.runAsync(this::makeTransfers, task -> new Thread(task).start());
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(threads);
        for (int kill = 1; kill <= KILLS; kill++) {
            while (made.get() < TRANSFERS * kill / (KILLS + 1) && !all.isDone()) {
                LockSupport.parkNanos(100_000);
            }
            pool.signalAll(Signal.KILL);
        }
        all.join();
    }

    /** Each through the same connection, until that is lost; then what was under way again, through another. */
    private void makeTransfers() {
        int number = next.getAndIncrement();
        while (number < TRANSFERS) {
            try (Connection connection = new Connection(pool)) {
                while (number < TRANSFERS) {
                    transfer(connection, number);
                    made.incrementAndGet();
                    number = next.getAndIncrement();
                }
            } catch (WorkerDiedException e) {
                lost.incrementAndGet();
            }
        }
    }

    /** Unless it is made already: the commit of a lost session may have come to its end, and only its reply not. */
    private void transfer(Connection connection, int number) {
        String token = run + "-" + number;
        begin(connection);
        if (!connection.execute("SELECT token FROM transfer WHERE token = ?1", token).isEmpty()) {
            connection.execute("ROLLBACK");
            foundMade.incrementAndGet();
            return;
        }
        String change = "UPDATE account SET cents = cents + ?2 WHERE id = ?1";
        connection.execute(change, number % ACCOUNTS, -number);
        connection.execute(change, (number + 3) % ACCOUNTS, number);
        connection.execute("INSERT INTO transfer VALUES (?1)", token);
        connection.execute("COMMIT");
    }

    private static void begin(Connection connection) {
        final int busy = 5; // SQLITE_BUSY: another connection is in a transaction
        while (true) {
            try {
                connection.execute("BEGIN IMMEDIATE");
                return;
            } catch (WorkerFaultException e) {
                if (e.code() != busy) {
                    throw e;
                }
                LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(1_000_000));
            }
        }
    }

    private void report() {
        try (Connection connection = new Connection(pool)) {
            String transfers = "SELECT count(*) FROM transfer WHERE token LIKE ?1";
            System.out.printf(
                    "%d transfers by %d threads, while all workers were killed %d times%n"
                            + "%d sessions lost, and their transactions tried again; %d of these were committed already%n"
                            + "%s transfers in the database; %s cents in %d accounts%n",
                    made.get(),
                    THREADS,
                    KILLS,
                    lost.get(),
                    foundMade.get(),
                    connection.execute(transfers, run + "-%").get(0),
                    connection.execute("SELECT sum(cents) FROM account").get(0),
                    ACCOUNTS);
        }
    }
}
