/*
 * Maps a file (hello.txt when none is named) and prints its content and a newline.
 *
 * The size comes from the open file, so nothing beyond its end is touched; and the bytes go to
 * write(2) straight from the mapping, so a file that shrinks meanwhile is EFAULT and not a SIGBUS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, const char *what, const char *reason)
{
	fprintf(stderr, "test_mmap_read: %s: %s: %s\n", path, what, reason);
	return 1;
}

static int write_all(const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDOUT_FILENO, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

static int print_mapped(const char *path, int fd, size_t size)
{
	char *content = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	int result;

	if (content == MAP_FAILED)
		return fail(path, "mmap", strerror(errno));
	result = write_all(content, size);
	munmap(content, size);
	if (result == 0)
		result = write_all("\n", 1);
	if (result == -EFAULT)
		return fail(path, "read", "the file was truncated meanwhile");
	return result < 0 ? fail(path, "write to standard output", strerror(-result)) : 0;
}

static int print_file(const char *path, int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return fail(path, "fstat", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return fail(path, "mmap",
			    S_ISDIR(status.st_mode) ? "is a directory" : "not a regular file");
	if (status.st_size == 0)
		return fail(path, "mmap", "the file is empty");
	return print_mapped(path, fd, (size_t)status.st_size);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "hello.txt";
	int result;
	int fd;

	prctl(PR_SET_NAME, "test_mmap_read");
	if (argc > 2) {
		fprintf(stderr, "usage: test_mmap_read [FILE]\n");
		return 2;
	}
	/* O_NONBLOCK: a FIFO without a writer would hang the open. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(path, "open", strerror(errno));
	result = print_file(path, fd);
	close(fd);
	return result;
}
