/*
 * The steps of a child before execve, in the order in which belfry_child_main lists them.
 * Each returns 0 or -errno; the first failure is written to the parent's memory and ends the child.
 */
#include "spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum { SIGNALS = 64, CPUS_BYTES = 1024 };

/* The raw result of a system call as 0 or -errno. */
static int status(long result)
{
	return result < 0 ? -errno : 0;
}

/*
 * The kernel's own struct sigaction differs by architecture, but the handler comes first: SIG_DFL is
 * 0 and SIG_IGN is 1.
 */
static int reset_dispositions(struct belfry_child *child)
{
	const uint64_t by_default[8] = {0};
	const uint64_t ignored[8] = {1};

	for (int signal = 1; signal <= SIGNALS; signal++) {
		const bool ignore = (child->plan->ignored_signals >> (signal - 1) & 1) != 0;

		if (signal == SIGKILL || signal == SIGSTOP)
			continue;
		if (syscall(SYS_rt_sigaction, signal, ignore ? ignored : by_default, NULL,
			    sizeof(uint64_t)) < 0)
			return -errno;
	}
	return 0;
}

static int set_session(struct belfry_child *child)
{
	return child->plan->new_session ? status(setsid()) : 0;
}

static int set_group(struct belfry_child *child)
{
	const struct belfry_spawn *plan = child->plan;

	return plan->own_group && !plan->new_session ? status(setpgid(0, 0)) : 0;
}

/* Its own pidfd is closed again: it holds no descriptor but those of the plan. */
static int register_with_keeper(struct belfry_child *child)
{
	const struct belfry_spawn *plan = child->plan;
	pid_t self = (pid_t)syscall(SYS_getpid);
	int pidfd, result;

	if (plan->keeper == NULL)
		return 0;
	pidfd = (int)syscall(SYS_pidfd_open, self, 0);
	if (pidfd < 0)
		return -errno;
	result = belfry_register(plan->keeper, pidfd, self, plan->own_group);
	close(pidfd);
	return result;
}

static int set_umask(struct belfry_child *child)
{
	if (child->plan->umask != BELFRY_UNCHANGED)
		umask((mode_t)child->plan->umask);
	return 0;
}

/* The thread that starts a program may be bound to a processor; the program isn't. */
static void adopt_affinity(pid_t main_thread)
{
	unsigned char ours[CPUS_BYTES], theirs[CPUS_BYTES];
	const long bytes = syscall(SYS_sched_getaffinity, 0, sizeof ours, ours);

	if (bytes > 0 &&
	    syscall(SYS_sched_getaffinity, main_thread, sizeof theirs, theirs) == bytes &&
	    memcmp(ours, theirs, (size_t)bytes) != 0)
		syscall(SYS_sched_setaffinity, 0, bytes, theirs);
}

static int set_affinity(struct belfry_child *child)
{
	const struct belfry_spawn *plan = child->plan;

	if (plan->cpus == NULL) {
		adopt_affinity(child->parent);
		return 0;
	}
	return status(syscall(SYS_sched_setaffinity, 0, plan->cpus_bytes, plan->cpus));
}

static int set_nice(struct belfry_child *child)
{
	return child->plan->set_nice ? status(setpriority(PRIO_PROCESS, 0, child->plan->nice)) : 0;
}

/* In a child of clone(CLONE_VFORK) it concerns the child alone, though the memory is the parent's. */
static int open_oom_score(struct belfry_child *child)
{
	if (child->oom_score[0] == '\0')
		return 0;
	child->oom_score_fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	return status(child->oom_score_fd);
}

static int write_oom_score(struct belfry_child *child)
{
	const char *text = child->oom_score;
	int result;

	if (text[0] == '\0')
		return 0;
	result = status(write(child->oom_score_fd, text, strlen(text)));
	close(child->oom_score_fd);
	return result;
}

static int set_directory(struct belfry_child *child)
{
	return child->plan->directory != NULL ? status(chdir(child->plan->directory)) : 0;
}

static bool is_target(const struct belfry_spawn *plan, int fd)
{
	for (size_t i = 0; i < plan->descriptor_count; i++)
		if (plan->descriptors[i].target == fd)
			return true;
	return false;
}

/* A copy of `fd` at a number that is no target, or -errno. Copies left at targets get replaced. */
static int move_away(const struct belfry_spawn *plan, int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	while (moved >= 0 && is_target(plan, moved))
		moved = fcntl(fd, F_DUPFD_CLOEXEC, moved + 1);
	return moved < 0 ? -errno : moved;
}

/*
 * Moves all sources first, so that no target overwrites a source which is still to be moved: a plan
 * may have both 3 -> 4 and 4 -> 3, and also 5 -> 5, which has to lose its close-on-exec flag.
 */
static int move_sources(struct belfry_child *child)
{
	const struct belfry_spawn *plan = child->plan;

	child->program_fd = plan->program_fd;
	if (child->program_fd >= 0) {
		child->program_fd = move_away(plan, plan->program_fd);
		if (child->program_fd < 0)
			return child->program_fd;
	}
	for (size_t i = 0; i < plan->descriptor_count; i++) {
		child->index = i;
		if (plan->descriptors[i].source == BELFRY_INHERIT)
			continue;
		child->moved[i] = move_away(plan, plan->descriptors[i].source);
		if (child->moved[i] < 0)
			return child->moved[i];
	}
	return 0;
}

static int move_to_targets(struct belfry_child *child)
{
	const struct belfry_spawn *plan = child->plan;

	for (size_t i = 0; i < plan->descriptor_count; i++) {
		child->index = i;
		if (plan->descriptors[i].source == BELFRY_INHERIT)
			continue;
		if (dup2(child->moved[i], plan->descriptors[i].target) < 0)
			return -errno;
	}
	return 0;
}

static int close_others(struct belfry_child *child)
{
	const struct belfry_spawn *plan = child->plan;
	unsigned next = 0;

	for (size_t i = 0; i < plan->descriptor_count; i++) {
		unsigned target = (unsigned)plan->descriptors[i].target;
		int result = target > next ? belfry_close_between(next, target - 1, -1) : 0;

		if (result < 0)
			return result;
		next = target + 1;
	}
	return belfry_close_between(next, ~0U, child->program_fd);
}

static int set_limits(struct belfry_child *child)
{
	const struct belfry_spawn *plan = child->plan;

	for (size_t i = 0; i < plan->limit_count; i++) {
		const uint64_t both[2] = {plan->limits[i].soft, plan->limits[i].hard};

		child->index = i;
		if (syscall(SYS_prlimit64, 0, plan->limits[i].resource, both, NULL) < 0)
			return -errno;
	}
	return 0;
}

static int drop_groups(struct belfry_child *child)
{
	return child->plan->uid != BELFRY_UNCHANGED ? status(syscall(SYS_setgroups, 0, NULL)) : 0;
}

static int set_gid(struct belfry_child *child)
{
	int gid = child->plan->gid;

	return gid != BELFRY_UNCHANGED ? status(syscall(SYS_setresgid, gid, gid, gid)) : 0;
}

static int set_uid(struct belfry_child *child)
{
	int uid = child->plan->uid;

	return uid != BELFRY_UNCHANGED ? status(syscall(SYS_setresuid, uid, uid, uid)) : 0;
}

/*
 *   parent                         child
 *                                  clone
 *   killed
 *                                  prctl(PDEATHSIG): too late, no signal will come
 *
 * so a child that has another parent by then ends itself.
 */
static int set_death_signal(struct belfry_child *child)
{
	if (!child->plan->die_with_parent || child->plan->keeper != NULL)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == child->parent ? 0 : -ESRCH;
}

static int set_mask(struct belfry_child *child)
{
	const uint64_t *blocked = &child->plan->blocked_signals;

	return status(syscall(SYS_rt_sigprocmask, SIG_SETMASK, blocked, NULL, sizeof *blocked));
}

static bool search_goes_on(int error)
{
	return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE ||
	       error == ENODEV || error == ETIMEDOUT;
}

/*
 * Where another program runs this one (binfmt_misc, for an emulator) the kernel refuses, by ENOENT, a descriptor that
 * exec closes, because that program couldn't open it. It takes the path, and opens it before.
 */
static int execute_descriptor(int fd, const struct belfry_spawn *plan)
{
	static const char directory[] = "/proc/self/fd/";
	const size_t length = sizeof directory - 1;
	char path[sizeof directory + 10];
	char *from = path + sizeof path - 1;

	syscall(SYS_execveat, fd, "", plan->arguments, plan->environment, AT_EMPTY_PATH);
	if (errno != ENOENT)
		return -errno;
	*from = '\0';
	do
		*--from = (char)('0' + fd % 10);
	while ((fd /= 10) != 0);
	from -= length;
	memcpy(from, directory, length);
	execve(from, plan->arguments, plan->environment);
	return -errno;
}

/* As execvp does with PATH: ENOENT and its like go on, EACCES is remembered, the rest stops. */
static int execute(struct belfry_child *child)
{
	const struct belfry_spawn *plan = child->plan;
	bool refused = false;
	size_t refused_index = 0;

	if (child->program_fd >= 0)
		return execute_descriptor(child->program_fd, plan);
	for (size_t i = 0; plan->programs[i] != NULL; i++) {
		child->index = i;
		execve(plan->programs[i], plan->arguments, plan->environment);
		if (!search_goes_on(errno) || plan->programs[1] == NULL)
			return -errno;
		if (errno == EACCES && !refused) {
			refused = true;
			refused_index = i;
		}
	}
	if (refused)
		child->index = refused_index;
	return refused ? -EACCES : -ENOENT;
}

int belfry_child_main(void *argument)
{
	static const struct {
		const char *name;
		int (*run)(struct belfry_child *child);
	} steps[] = {
		{"rt_sigaction", reset_dispositions},
		{"setsid", set_session},
		{"setpgid", set_group},
		{BELFRY_KEEPER_STEP, register_with_keeper},
		{"umask", set_umask},
		{"sched_setaffinity", set_affinity},
		{"setpriority", set_nice},
		{"open", open_oom_score},
		{"write", write_oom_score},
		{"chdir", set_directory},
		{"fcntl", move_sources},
		{"dup2", move_to_targets},
		{"close_range", close_others},
		{"setrlimit", set_limits},
		{"setgroups", drop_groups},
		{"setresgid", set_gid},
		{"setresuid", set_uid},
		{"prctl", set_death_signal},
		{"rt_sigprocmask", set_mask},
		{"execve", execute},
	};
	struct belfry_child *child = argument;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		int result = steps[i].run(child);

		if (result < 0) {
			child->error = -result;
			child->step = steps[i].name;
			break;
		}
	}
	_exit(127);
}
