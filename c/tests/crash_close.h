/* What a library does that closes descriptors which aren't its own. */
#ifndef BELFRY_TEST_CRASH_CLOSE_H
#define BELFRY_TEST_CRASH_CLOSE_H

/*
 * Closes all descriptors from `first` on and opens files of its own, which get their numbers:
 * eventfds, or memory files. 0, or errno.
 */
int close_descriptors(unsigned int first, int eventfds);

/* Has any of these files been written to? */
int files_were_touched(void);

#endif
