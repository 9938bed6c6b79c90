/*
 * Misbehaves as its request says, for tests. A request is a verb and maybe its argument:
 *
 *	exit N             exit(N), no reply
 *	signal NAME|N      dies of that signal (SEGV, 11...), whatever its handler
 *	loop               never returns, with one processor at 100 %
 *	sleep MILLIS       an empty reply after that time
 *	memory             allocates and touches memory until there is no more, then abort()
 *	corrupt WHAT       breaks a rule of the shared memory (crash_corrupt.c), rings and pauses
 *	fault N TEXT       replies TEXT with the code N
 *	none               no reply, so an empty one
 *	claim              claims a reply and never commits it: an empty one
 *	fork               forks a child that sleeps 1,000 s; replies its pid
 *	stderr TEXT        writes TEXT and a newline to standard error; an empty reply
 *	attempt            replies the number of times that this request was handed out
 *	close N FILES      closes all descriptors from N on and opens FILES, "eventfds" or others,
 *	                   which get their numbers; an empty reply. Exits with 99 if one of them
 *	                   was written to
 *	crash-once TEXT    kills itself at the first attempt; replies TEXT at the next
 *
 * The reply to anything else is the request.
 */
#include "crash_close.h"
#include "crash_corrupt.h"

#include <belfry/worker.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct text {
	const char *bytes;
	size_t size;
};

/* The text up to the first space; `rest` is what follows it. */
static struct text first_word(struct text text, struct text *rest)
{
	const char *space = text.size > 0 ? memchr(text.bytes, ' ', text.size) : NULL;
	const size_t size = space != NULL ? (size_t)(space - text.bytes) : text.size;
	const size_t skipped = space != NULL ? size + 1 : size;

	*rest = (struct text){text.bytes + skipped, text.size - skipped};
	return (struct text){text.bytes, size};
}

static int is(struct text text, const char *word)
{
	return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

static int number_of(struct text text)
{
	char digits[16] = "";

	memcpy(digits, text.bytes, text.size < sizeof digits ? text.size : sizeof digits - 1);
	return (int)strtol(digits, NULL, 10);
}

static int reply_text(struct belfry_worker *worker, struct text text)
{
	return -belfry_reply(worker, text.bytes, text.size);
}

static int reply_number(struct belfry_worker *worker, long number)
{
	char digits[24];

	return -belfry_reply(worker, digits, (size_t)snprintf(digits, sizeof digits, "%ld", number));
}

static int do_exit(struct belfry_worker *worker, const struct belfry_request *request,
		   struct text argument)
{
	(void)worker;
	(void)request;
	exit(number_of(argument));
}

static void die_of(int number)
{
	sigset_t set;

	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
}

static int do_signal(struct belfry_worker *worker, const struct belfry_request *request,
		     struct text argument)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = {
		{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"BUS", SIGBUS},	 {"FPE", SIGFPE},
		{"HUP", SIGHUP},   {"ILL", SIGILL},   {"INT", SIGINT},	 {"KILL", SIGKILL},
		{"PIPE", SIGPIPE}, {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV}, {"STOP", SIGSTOP},
		{"SYS", SIGSYS},   {"TERM", SIGTERM}, {"TRAP", SIGTRAP}, {"USR1", SIGUSR1},
		{"USR2", SIGUSR2}, {"XCPU", SIGXCPU},
	};
	int number = number_of(argument);

	(void)worker;
	(void)request;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		if (is(argument, signals[i].name))
			number = signals[i].number;
	}
	die_of(number);
	return EINVAL; /* no such signal, or one that doesn't end a process: STOP */
}

static _Noreturn void turn_for_ever(void)
{
	for (;;)
		;
}

static int do_loop(struct belfry_worker *worker, const struct belfry_request *request,
		   struct text argument)
{
	(void)worker;
	(void)request;
	(void)argument;
	turn_for_ever();
}

static int do_sleep(struct belfry_worker *worker, const struct belfry_request *request,
		    struct text argument)
{
	const int millis = number_of(argument);
	struct timespec left = {millis / 1000, millis % 1000 * 1000000L};

	(void)worker;
	(void)request;
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
	return 0;
}

static int do_memory(struct belfry_worker *worker, const struct belfry_request *request,
		     struct text argument)
{
	const size_t piece = 1 << 20;
	void *memory;

	(void)worker;
	(void)request;
	(void)argument;
	/* By mmap, because a sanitizer replaces malloc. */
	while ((memory = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0)) != MAP_FAILED)
		memset(memory, 1, piece);
	abort();
}

static int do_corrupt(struct belfry_worker *worker, const struct belfry_request *request,
		      struct text argument)
{
	if (crash_corrupt(worker, request, argument.bytes, argument.size) < 0)
		return EINVAL; /* no such thing to corrupt */
	for (;;)
		pause();
}

static int do_fault(struct belfry_worker *worker, const struct belfry_request *request,
		    struct text argument)
{
	struct text detail;
	const int code = number_of(first_word(argument, &detail));

	(void)request;
	reply_text(worker, detail);
	return code;
}

static int do_none(struct belfry_worker *worker, const struct belfry_request *request,
		   struct text argument)
{
	(void)worker;
	(void)request;
	(void)argument;
	return 0;
}

static int do_claim(struct belfry_worker *worker, const struct belfry_request *request,
		    struct text argument)
{
	void *reply = belfry_reply_claim(worker, request->size);

	(void)argument;
	if (reply == NULL)
		return errno;
	memcpy(reply, request->data, request->size);
	return 0;
}

static int do_fork(struct belfry_worker *worker, const struct belfry_request *request,
		   struct text argument)
{
	const pid_t child = fork();

	(void)request;
	(void)argument;
	if (child < 0)
		return errno;
	if (child == 0) {
		sleep(1000);
		_exit(0);
	}
	return reply_number(worker, child);
}

static int do_stderr(struct belfry_worker *worker, const struct belfry_request *request,
		     struct text argument)
{
	(void)worker;
	(void)request;
	fprintf(stderr, "%.*s\n", (int)argument.size, argument.bytes);
	return 0;
}

static int do_attempt(struct belfry_worker *worker, const struct belfry_request *request,
		      struct text argument)
{
	(void)argument;
	return reply_number(worker, request->attempt);
}

static int do_close(struct belfry_worker *worker, const struct belfry_request *request,
		    struct text argument)
{
	struct text files;
	const struct text first = first_word(argument, &files);

	(void)worker;
	(void)request;
	return close_descriptors((unsigned int)number_of(first), is(files, "eventfds"));
}

static int do_crash_once(struct belfry_worker *worker, const struct belfry_request *request,
			 struct text argument)
{
	if (request->attempt == 1)
		raise(SIGKILL);
	return reply_text(worker, argument);
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	static const struct {
		const char *verb;
		int (*act)(struct belfry_worker *worker, const struct belfry_request *request,
			   struct text argument);
	} actions[] = {
		{"exit", do_exit},
		{"signal", do_signal},
		{"loop", do_loop},
		{"sleep", do_sleep},
		{"memory", do_memory},
		{"corrupt", do_corrupt},
		{"fault", do_fault},
		{"none", do_none},
		{"claim", do_claim},
		{"fork", do_fork},
		{"stderr", do_stderr},
		{"attempt", do_attempt},
		{"close", do_close},
		{"crash-once", do_crash_once},
	};
	const struct text all = {request->data, request->size};
	struct text argument;
	const struct text verb = first_word(all, &argument);

	(void)state;
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (is(verb, actions[i].verb))
			return actions[i].act(worker, request, argument);
	}
	return reply_text(worker, all);
}

int main(void)
{
	static const struct belfry_module module = BELFRY_MODULE(.process = process);
	const int status = belfry_worker_run(&module);

	return files_were_touched() ? 99 : status;
}
