/*
 * Keeps connections to an SQLite database, so that a transaction may be several requests.
 *
 *	cc sqlite_worker.c $(pkg-config --cflags --libs belfry-worker sqlite3) -o sqlite_worker
 *
 * A request is a struct address and strings behind it that each end with a NUL byte.
 *
 *	request type	its strings			the reply
 *	1 open		none				the new connection's handle, 4 bytes
 *	2 execute	an SQL statement, and the	the rows: each value as text that ends
 *			values of ?1, ?2 and so on	with a NUL byte; NULL is an empty one
 *	3 close		none				empty; an open transaction is rolled back
 *
 * A fault's code is SQLite's result code. A handle means something in one process only, and when
 * that dies, SQLite rolls back what wasn't committed; so any other process refuses the request.
 * Sessions may share a process, which serves one request at a time: a connection that waits for a
 * lock holds up one here that has it. So it waits only while none here is in a transaction, and
 * otherwise it is SQLITE_BUSY at once, and the caller tries again.
 */
#include <belfry/worker.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPEN = 1, EXECUTE = 2, CLOSE = 3 };
enum { CONNECTIONS = 64, STATEMENTS = 16, MAX_WAITS = 1000 };

struct address {
	uint32_t process; /* the id of the request's process */
	uint32_t handle;  /* its connection; nothing for a request that opens one */
};

static const char *file;
static sqlite3 *connections[CONNECTIONS]; /* by handle */

static int fault(struct belfry_worker *worker, int code, const char *message)
{
	belfry_reply(worker, message, strlen(message));
	return code;
}

/* SQLite calls it while another connection has the lock; 0 is SQLITE_BUSY. */
static int wait_for_lock(void *unused, int waits)
{
	(void)unused;
	for (int i = 0; i < CONNECTIONS; i++) {
		if (connections[i] != NULL && !sqlite3_get_autocommit(connections[i]))
			return 0;
	}
	return waits < MAX_WAITS && sqlite3_sleep(1) > 0;
}

static int open_connection(struct belfry_worker *worker)
{
	/* NORMAL: a power cut may lose the last commits, a killed process loses none. */
	static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";
	uint32_t handle = 0;
	sqlite3 *db;
	int result;

	while (handle < CONNECTIONS && connections[handle] != NULL)
		handle++;
	if (handle == CONNECTIONS)
		return fault(worker, SQLITE_FULL, "no handle is free");
	result = sqlite3_open(file, &db);
	if (result == SQLITE_OK)
		result = sqlite3_busy_handler(db, wait_for_lock, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_exec(db, settings, NULL, NULL, NULL);
	if (result != SQLITE_OK) {
		fault(worker, result, sqlite3_errmsg(db));
		sqlite3_close(db);
		return result;
	}
	connections[handle] = db;
	return -belfry_reply(worker, &handle, sizeof handle);
}

static void close_connection(uint32_t handle)
{
	sqlite3 *db = connections[handle];
	sqlite3_stmt *kept;

	while (db != NULL && (kept = sqlite3_next_stmt(db, NULL)) != NULL)
		sqlite3_finalize(kept);
	sqlite3_close(db);
	connections[handle] = NULL;
}

/* A connection keeps the statements that it has prepared; when they are many, one has to go. */
static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement)
{
	sqlite3_stmt *kept = NULL, *last = NULL;
	const char *rest;
	int count = 0, result;

	while ((kept = sqlite3_next_stmt(db, kept)) != NULL) {
		if (strcmp(sqlite3_sql(kept), sql) == 0) {
			*statement = kept;
			return SQLITE_OK;
		}
		last = kept;
		count++;
	}
	if (count >= STATEMENTS)
		sqlite3_finalize(last);
	result = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, &rest);
	return result == SQLITE_OK && (*statement == NULL || *rest != '\0') ? SQLITE_MISUSE : result;
}

/* Binds the values and appends the rows. SQLITE_DONE, or what was wrong. */
static int run(sqlite3_stmt *statement, const char *values, const char *end, sqlite3_str *rows)
{
	int result = SQLITE_OK;

	for (int i = 1; values < end && result == SQLITE_OK; i++) {
		result = sqlite3_bind_text(statement, i, values, -1, SQLITE_STATIC);
		values += strlen(values) + 1;
	}
	if (result != SQLITE_OK)
		return result;
	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const char *text = (const char *)sqlite3_column_text(statement, i);

			sqlite3_str_append(rows, text, sqlite3_column_bytes(statement, i));
			sqlite3_str_appendchar(rows, 1, '\0');
		}
	}
	return result;
}

static int execute(struct belfry_worker *worker, sqlite3 *db, const char *sql, const char *end)
{
	sqlite3_stmt *statement = NULL;
	sqlite3_str *rows;
	int result;

	if (sql == end || end[-1] != '\0')
		return fault(worker, SQLITE_MISUSE, "no NUL byte at the end");
	result = prepare(db, sql, &statement);
	if (result != SQLITE_OK)
		return fault(worker, result,
			     result == SQLITE_MISUSE ? "not one statement" : sqlite3_errmsg(db));
	rows = sqlite3_str_new(db);
	result = run(statement, sql + strlen(sql) + 1, end, rows);
	if (result != SQLITE_DONE)
		fault(worker, result, sqlite3_errmsg(db));
	else if (sqlite3_str_errcode(rows) != SQLITE_OK ||
		 belfry_reply(worker, sqlite3_str_value(rows), (size_t)sqlite3_str_length(rows)))
		result = fault(worker, SQLITE_TOOBIG, "the rows are larger than a reply");
	sqlite3_free(sqlite3_str_finish(rows));
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result == SQLITE_DONE ? 0 : result;
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	const struct address *to = request->data;
	const char *end = (const char *)request->data + request->size;

	(void)state;
	if (request->size < sizeof *to || to->process != (uint32_t)getpid()) {
		fprintf(stderr, "sqlite_worker: %d got another's request\n", getpid());
		return fault(worker, SQLITE_MISUSE, "a request for another process");
	}
	if (request->type == OPEN)
		return open_connection(worker);
	if (to->handle >= CONNECTIONS || connections[to->handle] == NULL)
		return fault(worker, SQLITE_MISUSE, "no such handle");
	if (request->type == EXECUTE)
		return execute(worker, connections[to->handle], (const char *)(to + 1), end);
	if (request->type != CLOSE)
		return fault(worker, SQLITE_MISUSE, "no such type of request");
	close_connection(to->handle);
	return 0;
}

static void fini(struct belfry_worker *worker, void *state)
{
	(void)worker;
	(void)state;
	for (uint32_t handle = 0; handle < CONNECTIONS; handle++)
		close_connection(handle);
}

int main(int argc, char **argv)
{
	static const struct belfry_module module = BELFRY_MODULE(.process = process, .fini = fini);

	if (argc != 2) {
		fputs("usage: sqlite_worker FILE\n", stderr);
		return 2;
	}
	file = argv[1];
	return belfry_worker_run(&module);
}
