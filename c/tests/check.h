/* For test programs: prints the condition that failed and its line, and exits with 1. */
#ifndef BELFRY_TEST_CHECK_H
#define BELFRY_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* A number of repetitions; under valgrind, some thirty times slower, fewer. */
#ifdef BELFRY_MEMCHECK
#define TIMES(count) ((count) / 20)
#else
#define TIMES(count) (count)
#endif

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#define RUN(test)                                                                                  \
	do {                                                                                       \
		printf("%s\n", #test);                                                             \
		fflush(stdout);                                                                    \
		test();                                                                            \
	} while (0)

#endif
