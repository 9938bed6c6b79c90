package io.github.belfry.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A connection to a database in a worker that is {@code c/examples/sqlite_worker.c}, where that is built. */
public final class SqliteConnection {
    public static final int BUSY = 5;

    private static final int OPEN = 1;
    private static final int EXECUTE = 2;
    private static final int CLOSE = 3;
    private static final int ADDRESS_BYTES = 8;

    private final WorkerSession session;
    private int handle;

    /** Not yet open. */
    public SqliteConnection(WorkerSession session) {
        this.session = session;
    }

    /** Skips the test where the worker isn't built. */
    public static WorkerPool.Builder pool(Path database) {
        Path worker = Path.of(TestPrograms.path("sqlite_worker"));
        assumeTrue(Files.exists(worker), "built where there was no sqlite3.h (Debian: apt install libsqlite3-dev)");
        return WorkerPool.command(worker.toString(), database.toString());
    }

    public WorkerSession session() {
        return session;
    }

    public void open() {
        handle = ByteBuffer.wrap(session.call(OPEN, request()))
                .order(ByteOrder.nativeOrder())
                .getInt();
    }

    /** The values of all rows, one after the other. */
    public List<String> execute(Object... sqlAndValues) {
        return values(session.call(EXECUTE, request(sqlAndValues)));
    }

    public CompletableFuture<List<String>> submit(Object... sqlAndValues) {
        return session.submit(EXECUTE, request(sqlAndValues)).thenApply(SqliteConnection::values);
    }

    public void close() {
        session.call(CLOSE, request());
        session.close();
    }

    private byte[] request(Object... strings) {
        StringBuilder all = new StringBuilder();
        for (Object string : strings) {
            all.append(string).append('\0');
        }
        byte[] bytes = Requests.bytes(all.toString());
        return ByteBuffer.allocate(ADDRESS_BYTES + bytes.length)
                .order(ByteOrder.nativeOrder())
                .putInt((int) session.pid())
                .putInt(handle)
                .put(bytes)
                .array();
    }

    private static List<String> values(byte[] rows) {
        return rows.length == 0 ? List.of() : List.of(Requests.text(rows).split("\0"));
    }
}
