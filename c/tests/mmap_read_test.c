/* The worker test_mmap_read as a process, in a directory of its own. */
#include "emulated.h"
#include "worker_run.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char *worker;

static void write_file(const char *path, const char *content)
{
	FILE *file = fopen(path, "w");

	CHECK(file != NULL && fputs(content, file) >= 0 && fclose(file) == 0);
}

static void expect_output(char *argument, const char *output)
{
	char *command[] = {worker, argument, NULL};
	struct worker_run run;

	worker_start(&run, command, NULL);
	CHECK(strcmp(worker_line(&run, run.out), output) == 0);
	CHECK(worker_status(&run) == 0);
}

static void expect_reason_of(char *argument, const char *reason, void (*before_exec)(void))
{
	char *command[] = {worker, argument, NULL};
	struct worker_run run;
	int status;

	worker_start(&run, command, before_exec);
	CHECK(strcmp(worker_line(&run, run.err), reason) == 0);
	CHECK(strcmp(worker_line(&run, run.out), "") == 0);
	status = worker_status(&run);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void expect_reason(char *argument, const char *reason)
{
	expect_reason_of(argument, reason, NULL);
}

/* The words for the error are the libc's. */
static void expect_error(char *argument, const char *call, int error)
{
	char reason[200];

	snprintf(reason, sizeof reason, "test_mmap_read: %s: %s: %s", argument, call, strerror(error));
	expect_reason(argument, reason);
}

static void it_prints_the_file_and_a_newline(void)
{
	write_file("hello.txt", "www.vimer.cn");
	expect_output(NULL, "www.vimer.cn");
	write_file("other.txt", "x");
	expect_output((char *)"other.txt", "x");
}

/* One page exactly: the byte after it isn't mapped, so reading it would be a SIGSEGV. */
static void it_never_reads_past_the_file(void)
{
	char page[4097];
	char *command[] = {worker, (char *)"page.txt", NULL};
	struct worker_run run;

	memset(page, 'p', 4096);
	page[4096] = '\0';
	write_file("page.txt", page);
	worker_start(&run, command, NULL);
	CHECK(fread(run.line, 1, sizeof run.line, run.out) == 4096);
	CHECK(memcmp(run.line, page, 4096) == 0);
	CHECK(fgetc(run.out) == '\n' && fgetc(run.out) == EOF);
	CHECK(worker_status(&run) == 0);
}

/* The pipe is full, so the worker stands in write(2) when the file loses its second half. */
static void a_file_cut_while_it_prints_is_an_error(void)
{
	enum { HALF = 1 << 20 };
	char *command[] = {worker, (char *)"shrinking.txt", NULL};
	struct worker_run run;
	size_t total = 0;
	size_t got;
	int status;
	int fd = open("shrinking.txt", O_CREAT | O_RDWR, 0600);

	CHECK(fd >= 0 && ftruncate(fd, 2 * HALF) == 0);
	worker_start(&run, command, NULL);
	CHECK(fgetc(run.out) == 0);
	CHECK(ftruncate(fd, HALF) == 0);
	while ((got = fread(run.line, 1, sizeof run.line, run.out)) > 0)
		total += got;
	CHECK(total < HALF);
	CHECK(strcmp(worker_line(&run, run.err),
		     "test_mmap_read: shrinking.txt: read: the file was truncated meanwhile") == 0);
	status = worker_status(&run);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	close(fd);
}

static void leave_no_address_space(void)
{
	const struct rlimit limit = {1L << 30, 1L << 30};

	setrlimit(RLIMIT_AS, &limit);
}

static void a_map_that_fails_is_an_error(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(BELFRY_MEMCHECK)
	return; /* a sanitizer's shadow and valgrind don't fit into the limit either */
#endif
	char reason[100];

	snprintf(reason, sizeof reason, "test_mmap_read: other.txt: mmap: %s", strerror(ENOMEM));
	CHECK(truncate("other.txt", 1L << 40) == 0);
	expect_reason_of((char *)"other.txt", reason, leave_no_address_space);
}

static void it_says_why_it_cannot_read(void)
{
	CHECK(mkdir("directory", 0700) == 0 && mkfifo("fifo", 0600) == 0);
	CHECK(symlink("loop", "loop") == 0);
	write_file("empty", "");
	expect_error((char *)"missing", "open", ENOENT);
	expect_reason((char *)"directory", "test_mmap_read: directory: mmap: is a directory");
	expect_reason((char *)"fifo", "test_mmap_read: fifo: mmap: not a regular file");
	expect_reason((char *)"empty", "test_mmap_read: empty: mmap: the file is empty");
	expect_error((char *)"loop", "open", ELOOP);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/belfry-mmap-read-XXXXXX";
	const char *const left[] = {"hello.txt", "other.txt", "page.txt", "shrinking.txt",
				    "fifo",	 "loop",      "empty"};

	CHECK(argc == 2);
	worker = realpath(argv[1], NULL);
	CHECK(worker != NULL && mkdtemp(directory) != NULL && chdir(directory) == 0);
	RUN(it_prints_the_file_and_a_newline);
	RUN(it_never_reads_past_the_file);
	RUN(a_file_cut_while_it_prints_is_an_error);
	RUN_UNLESS_EMULATED(a_map_that_fails_is_an_error, "RLIMIT_AS");
	RUN(it_says_why_it_cannot_read);
	for (size_t i = 0; i < sizeof left / sizeof *left; i++)
		CHECK(unlink(left[i]) == 0);
	CHECK(rmdir("directory") == 0 && chdir("/") == 0 && rmdir(directory) == 0);
	free(worker);
	return 0;
}
