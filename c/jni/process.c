/* Natives for processes: signal, wait, have the keeper end them. */
#include "belfry_keeper.h"
#include "jni_args.h"
#include "natives.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SCHED_FLAG_RESET_ON_FORK
#define SCHED_FLAG_RESET_ON_FORK 0x01
#endif
enum {
	SIGNALS = 64,
	WAIT_PIDFD = 3,		   /* P_PIDFD of newer headers */
	SHORT_TURN_NANOS = 100000, /* the kernel's least */
};

static jint JNICALL native_pidfd_open(JNIEnv *env, jclass type, jint pid)
{
	(void)env, (void)type;
	return (jint)belfry_result(syscall(SYS_pidfd_open, pid, 0));
}

static jint JNICALL native_pidfd_send_signal(JNIEnv *env, jclass type, jint pidfd, jint signal)
{
	(void)env, (void)type;
	return (jint)belfry_result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

static siginfo_t queued(int signal, int value)
{
	siginfo_t info = {0};

	info.si_signo = signal;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	return info;
}

static jint JNICALL native_pidfd_send_value(JNIEnv *env, jclass type, jint pidfd, jint signal,
					    jint value)
{
	siginfo_t info = queued(signal, value);

	(void)env, (void)type;
	return (jint)belfry_result(syscall(SYS_pidfd_send_signal, pidfd, signal, &info, 0));
}

static jint JNICALL native_register(JNIEnv *env, jclass type, jint socket, jint bell, jint pidfd,
				    jint pid, jboolean leads_group)
{
	const struct belfry_keeper keeper = {.socket = socket, .bell = bell};

	(void)env, (void)type;
	return belfry_register(&keeper, pidfd, pid, leads_group);
}

static jint JNICALL native_kill(JNIEnv *env, jclass type, jint pid, jint signal)
{
	(void)env, (void)type;
	return (jint)belfry_result(kill(pid, signal));
}

static jint JNICALL native_sigqueue(JNIEnv *env, jclass type, jint pid, jint signal, jint value)
{
	siginfo_t info = queued(signal, value);

	(void)env, (void)type;
	return (jint)belfry_result(syscall(SYS_rt_sigqueueinfo, pid, signal, &info));
}

static jint JNICALL native_getpgid(JNIEnv *env, jclass type, jint pid)
{
	(void)env, (void)type;
	return (jint)belfry_result(getpgid(pid));
}

/* 0: nothing yet; otherwise si_code in the upper and si_status in the lower 32 bits. */
static jlong wait_for(idtype_t id_type, jint id, int options)
{
	siginfo_t info = {0};

	if (waitid(id_type, (id_t)id, &info, options) < 0)
		return -errno;
	if (info.si_pid == 0)
		return 0;
	return ((jlong)info.si_code << 32) | (jlong)(uint32_t)info.si_status;
}

static int now(jboolean leave_zombie)
{
	return WEXITED | WNOHANG | (leave_zombie ? WNOWAIT : 0);
}

static jlong JNICALL native_wait_pidfd(JNIEnv *env, jclass type, jint pidfd, jboolean leave_zombie)
{
	(void)env, (void)type;
	return wait_for((idtype_t)WAIT_PIDFD, pidfd, now(leave_zombie));
}

static jlong JNICALL native_wait_pid(JNIEnv *env, jclass type, jint pid, jboolean leave_zombie)
{
	(void)env, (void)type;
	return wait_for(P_PID, pid, now(leave_zombie));
}

static jlong JNICALL native_await_pid(JNIEnv *env, jclass type, jint pid)
{
	(void)env, (void)type;
	return wait_for(P_PID, pid, WEXITED | WNOWAIT);
}

/* Gives the calling thread the main thread's processors; it has inherited its creator's. */
static jint JNICALL native_adopt_affinity(JNIEnv *env, jclass type)
{
	unsigned char cpus[1024];
	long bytes = syscall(SYS_sched_getaffinity, getpid(), sizeof cpus, cpus);

	(void)env, (void)type;
	if (bytes < 0)
		return -errno;
	return (jint)belfry_result(syscall(SYS_sched_setaffinity, 0, bytes, cpus));
}

/* sched_setattr(2); headers have it since glibc 2.41. */
struct sched_attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

/*
 * Since Linux 6.12 a thread may ask for shorter turns, and then gets its next turn sooner: when a
 * child's execve wakes it, and not only when that child's turn is over. SCHED_FLAG_RESET_ON_FORK
 * keeps children from inheriting it. The flag would also reset a negative nice value in children,
 * so a thread with one keeps its turns.
 */
static jint JNICALL native_take_short_turns(JNIEnv *env, jclass type)
{
	struct sched_attributes attributes = {0};

	(void)env, (void)type;
	if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0)
		return -errno;
	if (attributes.policy != SCHED_OTHER || attributes.nice < 0)
		return -EINVAL;
	attributes.size = sizeof attributes;
	attributes.flags = SCHED_FLAG_RESET_ON_FORK;
	attributes.runtime = SHORT_TURN_NANOS;
	return (jint)belfry_result(syscall(SYS_sched_setattr, 0, &attributes, 0));
}

static jint JNICALL native_unignore_children(JNIEnv *env, jclass type)
{
	struct sigaction action;

	(void)env, (void)type;
	if (sigaction(SIGCHLD, NULL, &action) < 0)
		return -errno;
	if (action.sa_handler != SIG_IGN)
		return 0;
	action.sa_handler = SIG_DFL;
	return (jint)belfry_result(sigaction(SIGCHLD, &action, NULL));
}

/* Bit n - 1: signal n is ignored. */
static jlong JNICALL native_ignored_signals(JNIEnv *env, jclass type)
{
	uint64_t ignored = 0;

	(void)env, (void)type;
	for (int signal = 1; signal <= SIGNALS; signal++) {
		struct sigaction action;

		if (sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			ignored |= UINT64_C(1) << (signal - 1);
	}
	return (jlong)ignored;
}

static const JNINativeMethod methods[] = {
	BELFRY_NATIVE("pidfdOpen", "(I)I", native_pidfd_open),
	BELFRY_NATIVE("pidfdSendSignal", "(II)I", native_pidfd_send_signal),
	BELFRY_NATIVE("pidfdSendValue", "(III)I", native_pidfd_send_value),
	BELFRY_NATIVE("register", "(IIIIZ)I", native_register),
	BELFRY_NATIVE("kill", "(II)I", native_kill),
	BELFRY_NATIVE("sigqueue", "(III)I", native_sigqueue),
	BELFRY_NATIVE("getpgid", "(I)I", native_getpgid),
	BELFRY_NATIVE("waitPidfd", "(IZ)J", native_wait_pidfd),
	BELFRY_NATIVE("waitPid", "(IZ)J", native_wait_pid),
	BELFRY_NATIVE("awaitPid", "(I)J", native_await_pid),
	BELFRY_NATIVE("adoptAffinity", "()I", native_adopt_affinity),
	BELFRY_NATIVE("takeShortTurns", "()I", native_take_short_turns),
	BELFRY_NATIVE("unignoreChildren", "()I", native_unignore_children),
	BELFRY_NATIVE("ignoredSignals", "()J", native_ignored_signals),
};

const struct belfry_native_table belfry_process_natives = BELFRY_TABLE(methods);
