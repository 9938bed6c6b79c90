/* The example with SQLite, from the master's side. The constants repeat those of sqlite_worker.c. */
#include "check.h"
#include "master.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPEN = 1, EXECUTE = 2, CLOSE = 3 };
enum { CONNECTIONS = 64, MOST = BELFRY_MIN_RING_BYTES - BELFRY_RING_RESERVE };

static struct master master;

/* The last reply. */
static char got[MOST + 1];
static size_t got_size;

/* Sends a request for a process and waits for its reply; returns the code. */
static uint32_t ask_process(pid_t process, uint32_t type, uint32_t handle, const char *strings,
			    size_t size)
{
	static char request[MOST];
	struct reply reply;

	memcpy(request, &(uint32_t){(uint32_t)process}, 4);
	memcpy(request + 4, &handle, 4);
	memcpy(request + 8, strings, size);
	CHECK(master_offer(&master, type, 1, request, 8 + size) == 0);
	reply = master_receive(&master);
	got_size = reply.record.size;
	memcpy(got, reply.data, got_size);
	got[got_size] = '\0';
	master_release(&master, &reply);
	return reply.record.code;
}

/* The same for the worker itself, with a literal of strings, whose last NUL is the compiler's. */
#define ASK(type, handle, strings) ask_process(master.pid, type, handle, strings, sizeof(strings))

static uint32_t open_handle(void)
{
	uint32_t handle;

	CHECK(ASK(OPEN, 0, "") == 0 && got_size == sizeof handle);
	memcpy(&handle, got, sizeof handle);
	return handle;
}

#define EXPECT(strings) CHECK(got_size == sizeof(strings) && memcmp(got, strings, got_size) == 0)

static void expect_fault(uint32_t code, uint32_t expected, const char *detail)
{
	if (code != expected || strstr(got, detail) == NULL) {
		fprintf(stderr, "not %u '%s' but %u '%s'\n", expected, detail, code, got);
		exit(1);
	}
}

static void a_transaction_is_its_handles_own(void)
{
	const uint32_t one = open_handle(), other = open_handle();

	CHECK(one != other);
	CHECK(ASK(EXECUTE, one, "CREATE TABLE t (n INTEGER PRIMARY KEY, text)") == 0);
	CHECK(got_size == 0);
	CHECK(ASK(EXECUTE, one, "BEGIN IMMEDIATE") == 0);
	CHECK(ASK(EXECUTE, one, "INSERT INTO t VALUES (?1, ?2)\0001\0one") == 0);
	expect_fault(ASK(EXECUTE, other, "BEGIN IMMEDIATE"), SQLITE_BUSY, "database is locked");
	CHECK(ASK(EXECUTE, one, "INSERT INTO t VALUES (?1, ?2)\0002") == 0);
	CHECK(ASK(EXECUTE, other, "SELECT count(*) FROM t") == 0);
	EXPECT("0");
	CHECK(ASK(EXECUTE, one, "COMMIT") == 0);
	CHECK(ASK(EXECUTE, other, "SELECT text, n FROM t ORDER BY n") == 0);
	EXPECT("one\0001\0\0002");
	CHECK(ASK(CLOSE, one, "") == 0 && ASK(CLOSE, other, "") == 0);
}

static void close_rolls_back(void)
{
	uint32_t handle = open_handle();

	CHECK(ASK(EXECUTE, handle, "BEGIN") == 0 && ASK(EXECUTE, handle, "DELETE FROM t") == 0);
	CHECK(ASK(CLOSE, handle, "") == 0 && got_size == 0);
	expect_fault(ASK(EXECUTE, handle, "COMMIT"), SQLITE_MISUSE, "no such handle");
	expect_fault(ASK(CLOSE, 1 << 30, ""), SQLITE_MISUSE, "no such handle");
	handle = open_handle();
	CHECK(ASK(EXECUTE, handle, "SELECT count(*) FROM t") == 0);
	EXPECT("2");
	CHECK(ASK(CLOSE, handle, "") == 0);
}

static void what_sqlite_refuses_is_a_fault_with_its_message(void)
{
	const uint32_t handle = open_handle();

	for (int i = 0; i < 2; i++) {
		expect_fault(ASK(EXECUTE, handle, "INSERT INTO t VALUES (?1, 0)\0001"),
			     SQLITE_CONSTRAINT, "UNIQUE constraint failed: t.n");
		expect_fault(ASK(EXECUTE, handle, "SELECT 1\0one"), SQLITE_RANGE, "out of range");
	}
	expect_fault(ASK(EXECUTE, handle, "COMIT"), SQLITE_ERROR, "near \"COMIT\": syntax error");
	expect_fault(ASK(EXECUTE, handle, ""), SQLITE_MISUSE, "not one statement");
	expect_fault(ASK(EXECUTE, handle, "SELECT 1; SELECT 2"), SQLITE_MISUSE, "not one statement");
	expect_fault(ask_process(master.pid, EXECUTE, handle, "SELECT 1", 8), SQLITE_MISUSE,
		     "no NUL byte");
	expect_fault(ask_process(master.pid, EXECUTE, handle, "", 0), SQLITE_MISUSE, "no NUL byte");
	expect_fault(ASK(EXECUTE, handle, "SELECT hex(zeroblob(40000))"), SQLITE_TOOBIG, "larger");
	expect_fault(ASK(4, handle, ""), SQLITE_MISUSE, "no such type");
	CHECK(ASK(EXECUTE, handle, "SELECT text FROM t WHERE n = ?1\0001") == 0);
	EXPECT("one");
	CHECK(ASK(CLOSE, handle, "") == 0);
}

static void a_request_for_another_process_is_refused(void)
{
	struct reply reply;

	expect_fault(ask_process(getpid(), OPEN, 0, "", 1), SQLITE_MISUSE, "another process");
	CHECK(master_offer(&master, EXECUTE, 1, "too short", 7) == 0);
	reply = master_receive(&master);
	CHECK(reply.record.code == SQLITE_MISUSE);
	master_release(&master, &reply);
}

static void handles_are_limited_and_so_are_kept_statements(void)
{
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		CHECK(open_handle() == i);
	expect_fault(ASK(OPEN, 0, ""), SQLITE_FULL, "no handle is free");
	for (int i = 0; i < 100; i++) {
		char sql[40];
		const int size = snprintf(sql, sizeof sql, "SELECT %d", i % 40);

		CHECK(ask_process(master.pid, EXECUTE, 7, sql, (size_t)size + 1) == 0);
		CHECK(atoi(got) == i % 40);
	}
	CHECK(ASK(CLOSE, 7, "") == 0 && open_handle() == 7);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/sqlite_test.XXXXXX";
	char file[100];

	CHECK(argc == 2 && mkdtemp(directory) != NULL);
	snprintf(file, sizeof file, "%s/database", directory);
	master_prepare(&master, BELFRY_MIN_RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_start(&master, (char *[]){argv[1], file, NULL});
	master_await_state(&master, BELFRY_READY);
	RUN(a_transaction_is_its_handles_own);
	RUN(close_rolls_back);
	RUN(what_sqlite_refuses_is_a_fault_with_its_message);
	RUN(a_request_for_another_process_is_refused);
	RUN(handles_are_limited_and_so_are_kept_statements);
	master_stop(&master);
	/* The worker has closed them all, so nothing else is left of the database. */
	CHECK(unlink(file) == 0 && rmdir(directory) == 0);
	return 0;
}
