/* ask_worker WORKER REQUEST...: starts the worker, asks it, prints each reply and a newline. */
#include "master.h"

#include "check.h"

int main(int argc, char **argv)
{
	struct master master;

	CHECK(argc >= 2);
	master_prepare(&master, BELFRY_MIN_RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_start(&master, (char *[]){argv[1], NULL});
	for (int i = 2; i < argc; i++) {
		struct reply reply;

		master_send(&master, argv[i]);
		reply = master_receive(&master);
		printf("%u %.*s\n", reply.record.code, (int)reply.record.size, reply.data);
		master_release(&master, &reply);
	}
	master_stop(&master);
	return 0;
}
