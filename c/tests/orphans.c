/*
 * orphans MARK MICROS PROGRAM [ARGUMENT...]
 *
 * Runs PROGRAM, waits until it prints the line MARK ("-" doesn't wait), sends it SIGKILL after
 * MICROS, and adopts the processes that it leaves behind: as their subreaper it misses none.
 * Prints
 *
 *	after LINE: COUNT orphans, the last ended MICROS us later
 *
 * where LINE is the last that PROGRAM printed. After ten seconds it names the orphans that are left
 * and kills them; the exit status is 1 then.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT_MICROS = 10000000, MICROS_PER_SECOND = 1000000, LINE_BYTES = 256 };

static void fail(const char *what)
{
	fprintf(stderr, "orphans: %s: %s\n", what, strerror(errno));
	exit(2);
}

static long long now_micros(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (long long)MICROS_PER_SECOND + now.tv_nsec / 1000;
}

static void sleep_micros(long micros)
{
	const struct timespec pause = {micros / MICROS_PER_SECOND,
				       micros % MICROS_PER_SECOND * 1000};

	nanosleep(&pause, NULL);
}

static pid_t start(char **command, int output)
{
	const pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		dup2(output, STDOUT_FILENO);
		execvp(command[0], command);
		fail(command[0]);
	}
	close(output);
	return pid;
}

/* The next line without its newline; false when there is none (yet). */
static bool read_line(int input, char *line)
{
	size_t size = 0;

	while (size < LINE_BYTES - 1 && read(input, line + size, 1) == 1 && line[size] != '\n')
		size++;
	line[size] = '\0';
	return size > 0;
}

static void await_mark(int input, const char *mark, char *last)
{
	char line[LINE_BYTES];

	while (strcmp(mark, "-") != 0 && strcmp(mark, last) != 0) {
		if (!read_line(input, line)) {
			fprintf(stderr, "orphans: no line \"%s\" after \"%s\"\n", mark, last);
			exit(2);
		}
		memcpy(last, line, sizeof line);
	}
}

/* Reads what was printed since. A worker may still hold the other end: no end of file comes. */
static void read_rest(int input, char *last)
{
	char line[LINE_BYTES];

	fcntl(input, F_SETFL, O_NONBLOCK);
	while (read_line(input, line))
		memcpy(last, line, sizeof line);
}

static void kill_survivors(void)
{
	FILE *children = fopen("/proc/thread-self/children", "re");
	int pid;

	if (children == NULL)
		fail("/proc/thread-self/children");
	while (fscanf(children, "%d", &pid) == 1) {
		printf("process %d has outlived its master\n", pid);
		kill(pid, SIGKILL);
	}
	fclose(children);
}

/* Counts the orphans; `last` is when the last was reaped. False if any was left at the limit. */
static bool reap_all(int *count, long long *last)
{
	const long long limit = *last + LIMIT_MICROS;

	for (;;) {
		const pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid > 0) {
			++*count;
			*last = now_micros();
		} else if (now_micros() > limit) {
			return false;
		} else {
			sleep_micros(200);
		}
	}
}

int main(int argc, char **argv)
{
	char last[LINE_BYTES] = "-";
	long long ended, last_ended;
	int output[2];
	int count = 0;
	int status;
	bool all;
	pid_t pid;

	if (argc < 4) {
		fprintf(stderr, "usage: orphans MARK MICROS PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 || pipe2(output, O_CLOEXEC) < 0)
		fail("prctl, pipe2");
	pid = start(argv + 3, output[1]);
	await_mark(output[0], argv[1], last);
	sleep_micros(atol(argv[2]));
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) < 0 || !WIFSIGNALED(status)) {
		fprintf(stderr, "orphans: it has ended before: status 0x%x\n", status);
		return 2;
	}

	last_ended = ended = now_micros();
	all = reap_all(&count, &last_ended);
	read_rest(output[0], last);
	printf("after %s: %d orphans, the last ended %lld us later\n", last, count,
	       last_ended - ended);
	if (!all)
		kill_survivors();
	return all ? 0 : 1;
}
