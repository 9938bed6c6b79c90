/* See crash_close.h. */
#include "crash_close.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { FILES = 8 };

static int files[FILES]; /* 0 before they are opened */

int close_descriptors(unsigned int first, int eventfds)
{
	if (syscall(SYS_close_range, first, ~0U, 0) < 0)
		return errno;
	for (int i = 0; i < FILES; i++) {
		files[i] = eventfds ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)
				    : memfd_create("database", MFD_CLOEXEC);
		if (files[i] < 0)
			return errno;
	}
	return 0;
}

static bool is_touched(int fd)
{
	struct stat status;
	uint64_t count;

	if (fstat(fd, &status) < 0)
		return true;
	return status.st_size > 0 || read(fd, &count, sizeof count) > 0;
}

int files_were_touched(void)
{
	for (int i = 0; i < FILES; i++) {
		if (files[i] > 0 && is_touched(files[i]))
			return true;
	}
	return false;
}
