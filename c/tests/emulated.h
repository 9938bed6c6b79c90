/*
 * For tests that depend on what qemu-user lacks of Linux when it runs programs of another processor. Only where
 * cmake/emulate-aarch64.sh has set BELFRY_EMULATED: on Linux itself a test that finds this missing fails.
 */
#ifndef BELFRY_TEST_EMULATED_H
#define BELFRY_TEST_EMULATED_H

#include <stdio.h>
#include <stdlib.h>

static inline int is_emulated(void)
{
	return getenv("BELFRY_EMULATED") != NULL;
}

/* Runs the test, or says why not. */
#define RUN_UNLESS_EMULATED(test, lacks)                                                           \
	do {                                                                                       \
		if (is_emulated())                                                                 \
			printf(#test ": left out, the emulator lacks %s\n", lacks);                \
		else                                                                               \
			RUN(test);                                                                 \
	} while (0)

/* Ends the program; CTest shows the test as skipped. */
static inline void skip_if_emulated(const char *lacks)
{
	if (!is_emulated())
		return;
	printf("belfry: skipped: the emulator lacks %s\n", lacks);
	exit(0);
}

#endif
