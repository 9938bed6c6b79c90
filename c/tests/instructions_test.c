/*
 * An upper bound of the instructions that a worker executes for a request, counted by callgrind: unlike its time they are
 * the same on each machine.
 *
 *	instructions_test VALGRIND WORKER FILE
 */
#include "check.h"
#include "master.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RING_BYTES = 1 << 20, SIZE = 64, FEW = 1000, MANY = 9000, MOST = 400 };

static uint64_t read_total(const char *path)
{
	static const char word[] = "totals: ";
	FILE *file = fopen(path, "re");
	uint64_t total = 0;
	char line[256];

	CHECK(file != NULL);
	while (fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, word, sizeof word - 1) == 0)
			total = strtoull(line + sizeof word - 1, NULL, 10);
	fclose(file);
	CHECK(total > 0);
	return total;
}

static void await_answers(const struct master *master, uint64_t count)
{
	const struct timespec millisecond = {.tv_nsec = 1000000};

	while (atomic_load(&master->replies->answered) < count) {
		CHECK(master_is_alive(master));
		nanosleep(&millisecond, NULL);
	}
}

/* Of a worker that finds so many requests at its start, and room for all replies. */
static uint64_t instructions(char *valgrind, char *worker, const char *path, uint64_t count)
{
	char output[4096];
	char tool[] = "--tool=callgrind";
	char *command[] = {valgrind, tool, output, worker, NULL};
	const char data[SIZE] = {0};
	struct master master;

	CHECK(snprintf(output, sizeof output, "--callgrind-out-file=%s", path) < (int)sizeof output);
	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	for (uint64_t i = 0; i < count; i++)
		CHECK(master_offer(&master, 0, 1, data, sizeof data) == 0);
	master_start(&master, command);
	await_answers(&master, count);
	master_stop(&master);
	return read_total(path);
}

int main(int argc, char **argv)
{
	uint64_t few, many, each;

	CHECK(argc == 4);
	few = instructions(argv[1], argv[2], argv[3], FEW);
	many = instructions(argv[1], argv[2], argv[3], MANY);
	each = (many - few) / (MANY - FEW);
	printf("a request of %d bytes takes %" PRIu64 " instructions, at most %d are allowed\n", SIZE, each, MOST);
	CHECK(each <= MOST);
	return 0;
}
