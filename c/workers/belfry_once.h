/* A module without a master: one request in this process, for unit tests and gdb. */
#ifndef BELFRY_ONCE_H
#define BELFRY_ONCE_H

#include <belfry/worker.h>

#include <stdbool.h>

/*
 * Makes this process one that a master has started: the descriptors 3 to 6 and what is behind them.
 * Before the module is loaded, because what that opens would otherwise get these numbers. False
 * after a line on standard error.
 */
bool belfry_once_prepare(void);

/*
 * Runs init, process with what standard input has and that type, and fini. The reply goes to
 * standard output. Returns the exit status:
 *	0   process returned 0
 *	1   the system refused something; a line on standard error says what
 *	3   a fault: its code and its detail are a line on standard error, and there is no reply
 * or what belfry_worker_run returned.
 */
int belfry_once_run(const struct belfry_module *module, char **arguments, uint32_t type);

#endif
