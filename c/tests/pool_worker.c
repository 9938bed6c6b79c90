/*
 * pool_worker [LOG [STATUS]]: a worker for the tests of WorkerPool, beside `crash`. It appends
 * "init" and "fini" to LOG; with a STATUS its init fails with that. A request is a verb and maybe
 * its argument:
 *
 *	note FILE       appends the attempt to FILE; replies it
 *	note-die FILE   appends the attempt to FILE and kills itself
 *	poison FILE N HOW WHICH
 *	                appends N and the attempt to FILE and ends by HOW, `exit` or `signal`
 *	name FILE TEXT  appends TEXT to FILE; replies its process id
 *	wait FILE       returns once FILE exists
 *	sleep MILLIS    returns so much later
 *	sleep-note MILLIS FILE
 *	                the same, and has appended the attempt to FILE
 *	until-abandoned FILE
 *	                appends the attempt to FILE and returns once its caller has given it up
 *	read FILE       replies the first byte of FILE (a FIFO), or the errno of its read
 *	deaf FILE       appends the attempt, then each ABRT, TERM and INT to FILE; never returns
 *	lie             publishes that it has nothing in hand and kills itself
 *	count-die       kills itself after it has counted the reply and before it publishes it
 *	rules           replies the errors of the functions for replies
 *	big SIZE        replies that many bytes: 0, 1, 2, ...
 *	signals         replies which signals are blocked, and what TERM, INT and USR1 do
 *	child-signals   the same of a forked child
 *	run             runs sleep(1) for 1,000 s in a process of its own
 *
 * The reply to anything else is "type TYPE attempt ATTEMPT size SIZE".
 */
#include "worker_state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *log_file;
static int init_status;
static int heard_fd = -1;

/* In one write, so that the lines of several processes don't mix. */
static void append(const char *file, const char *line)
{
	const int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		perror(file);
	if (fd >= 0)
		close(fd);
}

static void append_attempt(const char *file, const struct belfry_request *request)
{
	char line[16];

	snprintf(line, sizeof line, "%u\n", request->attempt);
	append(file, line);
}

static int reply_format(struct belfry_worker *worker, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return -belfry_reply(worker, text, (size_t)size);
}

static int do_note(struct belfry_worker *worker, const struct belfry_request *request,
		   const char *file)
{
	append_attempt(file, request);
	return reply_format(worker, "%u", request->attempt);
}

static int do_name(struct belfry_worker *worker, const struct belfry_request *request,
		   const char *argument)
{
	char file[512], line[64];

	(void)request;
	if (sscanf(argument, "%511s %62s", file, line) != 2)
		return EINVAL;
	strcat(line, "\n");
	append(file, line);
	return reply_format(worker, "%d", getpid());
}

static int do_note_die(struct belfry_worker *worker, const struct belfry_request *request,
		       const char *file)
{
	(void)worker;
	append_attempt(file, request);
	return raise(SIGKILL);
}

static int do_poison(struct belfry_worker *worker, const struct belfry_request *request,
		     const char *argument)
{
	char file[512], how[8], line[32];
	unsigned int number;
	int which;

	(void)worker;
	if (sscanf(argument, "%511s %u %7s %d", file, &number, how, &which) != 4)
		return EINVAL;
	snprintf(line, sizeof line, "%u %u\n", number, request->attempt);
	append(file, line);
	if (strcmp(how, "exit") == 0)
		_exit(which);
	signal(which, SIG_DFL);
	return raise(which);
}

static int do_wait(struct belfry_worker *worker, const struct belfry_request *request,
		   const char *file)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	(void)worker;
	(void)request;
	while (access(file, F_OK) < 0)
		nanosleep(&pause, NULL);
	return 0;
}

static int do_sleep(struct belfry_worker *worker, const struct belfry_request *request,
		    const char *argument)
{
	const long millis = strtol(argument, NULL, 10);
	struct timespec left = {.tv_sec = millis / 1000, .tv_nsec = millis % 1000 * 1000000};

	(void)worker;
	(void)request;
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
	return 0;
}

static int do_sleep_note(struct belfry_worker *worker, const struct belfry_request *request,
			 const char *argument)
{
	append_attempt(strchr(argument, ' ') + 1, request);
	return do_sleep(worker, request, argument);
}

static int do_until_abandoned(struct belfry_worker *worker, const struct belfry_request *request,
			      const char *file)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	append_attempt(file, request);
	while (!belfry_request_abandoned(worker))
		nanosleep(&pause, NULL);
	return 0;
}

static int do_read(struct belfry_worker *worker, const struct belfry_request *request,
		   const char *file)
{
	const int fd = open(file, O_RDONLY | O_CLOEXEC);
	char byte;

	(void)request;
	if (fd < 0 || read(fd, &byte, 1) < 0)
		return reply_format(worker, "errno %d", errno);
	close(fd);
	return reply_format(worker, "%c", byte);
}

static void on_heard(int signal)
{
	const char *name = signal == SIGABRT ? "ABRT\n" : signal == SIGTERM ? "TERM\n" : "INT\n";

	if (write(heard_fd, name, strlen(name)) < 0)
		_exit(1);
}

static _Noreturn void pause_for_ever(void)
{
	for (;;)
		pause();
}

static int do_deaf(struct belfry_worker *worker, const struct belfry_request *request,
		   const char *file)
{
	(void)worker;
	heard_fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	signal(SIGABRT, on_heard);
	signal(SIGTERM, on_heard);
	signal(SIGINT, on_heard);
	append_attempt(file, request);
	pause_for_ever();
}

static int do_lie(struct belfry_worker *worker, const struct belfry_request *request,
		  const char *argument)
{
	(void)request;
	(void)argument;
	atomic_store(&worker->replies->in_hand, 0);
	return raise(SIGKILL);
}

static int do_count_die(struct belfry_worker *worker, const struct belfry_request *request,
			const char *argument)
{
	(void)request;
	(void)argument;
	atomic_fetch_add(&worker->replies->answered, 1);
	atomic_fetch_add(&worker->replies->faults, 1);
	return raise(SIGKILL);
}

static int do_rules(struct belfry_worker *worker, const struct belfry_request *request,
		    const char *argument)
{
	const size_t max = worker->replies_map.ring_bytes - 64;
	char text[256] = "";
	bool refused;
	int size;

	(void)request;
	(void)argument;
	size = snprintf(text, sizeof text, "reply %d", belfry_reply(worker, text, max + 1));
	refused = belfry_reply_claim(worker, max + 1) == NULL;
	size += snprintf(text + size, sizeof text - (size_t)size, ", claim %d %d", refused, errno);
	size += snprintf(text + size, sizeof text - (size_t)size, ", commit without claim %d",
			 belfry_reply_commit(worker, 0));
	if (belfry_reply_claim(worker, max) == NULL)
		return 1;
	size += snprintf(text + size, sizeof text - (size_t)size, ", commit over it %d",
			 belfry_reply_commit(worker, max + 1));
	belfry_reply(worker, text, (size_t)size);
	return belfry_reply(worker, text, 1) == -EALREADY ? 0 : 2;
}

static int do_big(struct belfry_worker *worker, const struct belfry_request *request,
		  const char *argument)
{
	const size_t size = strtoul(argument, NULL, 10);
	unsigned char *reply = belfry_reply_claim(worker, size);

	(void)request;
	if (reply == NULL)
		return errno;
	for (size_t i = 0; i < size; i++)
		reply[i] = (unsigned char)i;
	return -belfry_reply_commit(worker, size);
}

static int describe_signals(char *text, size_t room)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGUSR1};
	sigset_t mask;
	int size = snprintf(text, room, "blocked:");

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int number = 1; number <= 64; number++)
		if (sigismember(&mask, number) == 1)
			size += snprintf(text + size, room - (size_t)size, " %d", number);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		struct sigaction action;
		const char *what;

		sigaction(signals[i], NULL, &action);
		what = action.sa_handler == SIG_DFL   ? "default"
		       : action.sa_handler == SIG_IGN ? "ignored"
						      : "handled";
		size += snprintf(text + size, room - (size_t)size, ", %d %s", signals[i], what);
	}
	return size;
}

static int do_signals(struct belfry_worker *worker, const struct belfry_request *request,
		      const char *argument)
{
	char text[512];

	(void)request;
	(void)argument;
	return -belfry_reply(worker, text, (size_t)describe_signals(text, sizeof text));
}

static int do_child_signals(struct belfry_worker *worker, const struct belfry_request *request,
			    const char *argument)
{
	int ends[2];
	char text[512];
	ssize_t size;
	pid_t child;

	(void)request;
	(void)argument;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	child = fork();
	if (child == 0)
		_exit(write(ends[1], text, (size_t)describe_signals(text, sizeof text)) < 0);
	size = child < 0 ? -1 : read(ends[0], text, sizeof text);
	close(ends[0]);
	close(ends[1]);
	waitpid(child, NULL, 0);
	return size < 0 ? 1 : belfry_reply(worker, text, (size_t)size);
}

static int do_run(struct belfry_worker *worker, const struct belfry_request *request,
		  const char *argument)
{
	const pid_t child = fork();

	(void)request;
	(void)argument;
	if (child == 0) {
		execlp("sleep", "sleep", "1000", (char *)NULL);
		_exit(127);
	}
	return child < 0 ? errno : -belfry_reply(worker, NULL, 0);
}

static int do_escape(struct belfry_worker *worker, const struct belfry_request *request,
		     const char *argument)
{
	const int result = strcmp(argument, "group") == 0 ? setpgid(0, getpgid(getppid()))
							  : close(BELFRY_LIFELINE_FD);

	(void)request;
	return result < 0 ? errno : -belfry_reply(worker, NULL, 0);
}

static int init(struct belfry_worker *worker, void **state)
{
	(void)worker;
	(void)state;
	if (log_file != NULL)
		append(log_file, "init\n");
	if (init_status != 0)
		fprintf(stderr, "no model to load\n");
	return init_status;
}

static void fini(struct belfry_worker *worker, void *state)
{
	(void)worker;
	(void)state;
	if (log_file != NULL)
		append(log_file, "fini\n");
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	static const struct {
		const char *verb;
		int (*act)(struct belfry_worker *worker, const struct belfry_request *request,
			   const char *argument);
	} actions[] = {
		{"note", do_note}, {"note-die", do_note_die},	{"poison", do_poison},
		{"wait", do_wait}, {"read", do_read},		{"deaf", do_deaf},
		{"lie", do_lie},   {"count-die", do_count_die}, {"rules", do_rules},
		{"big", do_big},   {"signals", do_signals},	{"child-signals", do_child_signals},
		{"run", do_run},   {"escape", do_escape},	{"sleep", do_sleep},
		{"sleep-note", do_sleep_note}, {"name", do_name},
		{"until-abandoned", do_until_abandoned},
	};
	char text[1024] = "";
	char *argument;

	(void)state;
	memcpy(text, request->data, request->size < sizeof text ? request->size : sizeof text - 1);
	argument = strchr(text, ' ');
	if (argument != NULL)
		*argument++ = '\0';
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (strcmp(text, actions[i].verb) == 0)
			return actions[i].act(worker, request, argument != NULL ? argument : "");
	return reply_format(worker, "type %u attempt %u size %zu", request->type, request->attempt,
			    request->size);
}

int main(int argc, char **argv)
{
	static const struct belfry_module module =
		BELFRY_MODULE(.init = init, .process = process, .fini = fini);

	log_file = argc > 1 ? argv[1] : NULL;
	init_status = argc > 2 ? atoi(argv[2]) : 0;
	return belfry_worker_run(&module);
}
