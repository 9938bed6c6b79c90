/* The worker SDK from the master's side: real workers, started with descriptors 3 to 6. */
#include "check.h"
#include "master.h"

#include <string.h>

enum { RING_BYTES = 64 << 10 };

static char *programs; /* the directory of the bundled workers */

static void start(struct master *master, const char *program)
{
	char path[4096];
	char *command[] = {path, NULL};

	snprintf(path, sizeof path, "%s/%s", programs, program);
	master_start(master, command);
}

static void start_ready(struct master *master, const char *program, enum belfry_doorbell doorbell)
{
	master_prepare(master, RING_BYTES, doorbell, 0);
	start(master, program);
	master_await_state(master, BELFRY_READY);
}

static void echo_replies_the_request(void)
{
	struct master master;

	start_ready(&master, "echo", BELFRY_ADAPTIVE);
	for (int i = 0; i < 1000; i++) {
		master_send(&master, "hello");
		master_expect(&master, "hello");
	}
	CHECK(atomic_load(&master.replies->answered) == 1000);
	master_stop(&master);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	programs = argv[1];
	RUN(echo_replies_the_request);
	return 0;
}
