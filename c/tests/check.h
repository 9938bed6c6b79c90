/* A test program's tools: say which condition failed, on which line, and exit 1. */
#ifndef BELFRY_TEST_CHECK_H
#define BELFRY_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* How often; valgrind is some thirty times slower. */
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
