/*
 * Prints the attributes that a program starts with, a line "name=value" each, for tests to compare
 * with those that were asked for.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void reveal_arguments(char **argv)
{
	printf("arguments=");
	for (int i = 0; argv[i] != NULL; i++)
		printf("%s[%s]", i > 0 ? " " : "", argv[i]);
	printf("\n");
}

static void reveal_environment(void)
{
	for (int i = 0; environ[i] != NULL; i++)
		printf("environment=%s\n", environ[i]);
}

static void reveal_signals(void)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("blocked=");
	for (int signal = 1; signal <= 64; signal++)
		if (sigismember(&mask, signal) == 1)
			printf("%d ", signal);
	printf("\nignored=");
	for (int signal = 1; signal <= 64; signal++) {
		struct sigaction action;

		if (sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			printf("%d ", signal);
	}
	printf("\n");
}

static void reveal_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	int open_fds[1024];
	int count = 0;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory) &&
		    count < 1024)
			open_fds[count++] = atoi(entry->d_name);
	if (directory != NULL)
		closedir(directory);
	printf("descriptors=");
	for (int i = 0; i < count; i++)
		printf("%d ", open_fds[i]);
	printf("\n");
}

static void reveal_limit(const char *name, int resource)
{
	struct rlimit limit;

	/* Each libc's getrlimit has another type of argument. */
	syscall(SYS_prlimit64, 0, resource, NULL, &limit);
	printf("limit_%s=%lld %lld\n", name, (long long)limit.rlim_cur, (long long)limit.rlim_max);
}

static void reveal_oom_score(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "r");
	int value = 0;

	if (file == NULL)
		return;
	if (fscanf(file, "%d", &value) == 1)
		printf("oom_score_adj=%d\n", value);
	fclose(file);
}

static void reveal_process(void)
{
	char directory[4096];
	cpu_set_t cpus;
	mode_t mask = umask(0);
	int death_signal = 0;

	printf("directory=%s\n", getcwd(directory, sizeof directory) != NULL ? directory : "?");
	printf("own_group=%d\n", getpgrp() == getpid());
	printf("own_session=%d\n", getsid(0) == getpid());
	printf("umask=%o\n", (unsigned)mask);
	printf("nice=%d\n", getpriority(PRIO_PROCESS, 0));
	sched_getaffinity(0, sizeof cpus, &cpus);
	printf("cpus=");
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			printf("%zu ", cpu);
	printf("\nuser=%d %d\n", (int)getuid(), (int)getgid());
	printf("groups=%d\n", getgroups(0, NULL));
	prctl(PR_GET_PDEATHSIG, &death_signal);
	printf("death_signal=%d\n", death_signal);
}

int main(int argc, char **argv)
{
	(void)argc;
	reveal_descriptors();
	reveal_arguments(argv);
	reveal_environment();
	reveal_signals();
	reveal_process();
	reveal_oom_score();
	reveal_limit("core", RLIMIT_CORE);
	reveal_limit("cpu", RLIMIT_CPU);
	reveal_limit("data", RLIMIT_DATA);
	reveal_limit("fsize", RLIMIT_FSIZE);
	reveal_limit("nofile", RLIMIT_NOFILE);
	reveal_limit("nproc", RLIMIT_NPROC);
	reveal_limit("stack", RLIMIT_STACK);
	reveal_limit("as", RLIMIT_AS);
	return fflush(stdout) == EOF;
}
