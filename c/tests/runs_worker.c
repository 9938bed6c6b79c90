/*
 * runs_worker COUNT: its requests are two words, a number under COUNT and a time in microseconds. It
 * adds one to the byte of that number in the memory of descriptor 7, and works for so long.
 */
#include <belfry/worker.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { RUNS_FD = 7 };

static size_t count;

static int init(struct belfry_worker *worker, void **state)
{
	(void)worker;
	*state = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_SHARED, RUNS_FD, 0);
	return *state == MAP_FAILED ? errno : 0;
}

static uint64_t now_micros(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	_Atomic uint8_t *runs = state;
	uint32_t words[2];
	uint64_t end;

	(void)worker;
	if (request->size < sizeof words)
		return EINVAL;
	memcpy(words, request->data, sizeof words);
	if (words[0] >= count)
		return ERANGE;
	atomic_fetch_add(&runs[words[0]], 1);
	if (words[1] == 0)
		return 0;
	end = now_micros() + words[1];
	while (now_micros() < end)
		;
	return 0;
}

int main(int argc, char **argv)
{
	const struct belfry_module module = BELFRY_MODULE(.init = init, .process = process);

	if (argc != 2)
		return 2;
	count = strtoul(argv[1], NULL, 10);
	return belfry_worker_run(&module);
}
