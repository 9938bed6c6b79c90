/* Natives for descriptors: open, pipe, socket, eventfd, epoll. Each is close-on-exec from birth. */
#include "jni_args.h"
#include "natives.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EVENTS = 64, POLLED = 8 };

/* Native.java passes these as numbers. O_NOFOLLOW differs by architecture, these don't. */
_Static_assert(O_WRONLY == 01 && O_RDWR == 02 && O_CREAT == 0100 && O_EXCL == 0200 &&
		       O_TRUNC == 01000 && O_APPEND == 02000 && O_NONBLOCK == 04000,
	       "the flags of open(2) as Native.java has them");
_Static_assert(POLLIN == 1 && POLLOUT == 4 && POLLHUP == 16 && (int)EPOLLIN == POLLIN &&
		       (int)EPOLLOUT == POLLOUT,
	       "the events of poll(2) and epoll(7) as Native.java has them");

static jint JNICALL native_open(JNIEnv *env, jclass type, jbyteArray path, jint flags,
				jboolean follow, jint mode)
{
	char *name = belfry_copy_bytes(env, path);
	jint fd;

	(void)type;
	if (name == NULL)
		return -ENOMEM;
	flags |= O_CLOEXEC | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
	fd = (jint)belfry_result(open(name, flags, (mode_t)mode));
	free(name);
	return fd;
}

static jint JNICALL native_unlink(JNIEnv *env, jclass type, jbyteArray path)
{
	char *name = belfry_copy_bytes(env, path);
	jint result;

	(void)type;
	if (name == NULL)
		return -ENOMEM;
	result = (jint)belfry_result(unlink(name));
	free(name);
	return result;
}

static jint JNICALL native_close(JNIEnv *env, jclass type, jint fd)
{
	(void)env, (void)type;
	return (jint)belfry_result(close(fd));
}

/* ends: first the read end, then the write end. */
static jint JNICALL native_pipe(JNIEnv *env, jclass type, jintArray ends)
{
	int fds[2];

	(void)type;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	(*env)->SetIntArrayRegion(env, ends, 0, 2, fds);
	return 0;
}

/* It keeps messages apart. The first end holds `bytes` of them, or as many as a user may have. */
static jint JNICALL native_socket_pair(JNIEnv *env, jclass type, jintArray ends, jint bytes)
{
	int fds[2];

	(void)type;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	(*env)->SetIntArrayRegion(env, ends, 0, 2, fds);
	return 0;
}

static jint JNICALL native_duplicate(JNIEnv *env, jclass type, jint fd)
{
	(void)env, (void)type;
	return (jint)belfry_result(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

/* The events of poll(2) that `fd` has now. */
static jint JNICALL native_poll_now(JNIEnv *env, jclass type, jint fd, jint events)
{
	struct pollfd poll_fd = {.fd = fd, .events = (short)events};

	(void)env, (void)type;
	return poll(&poll_fd, 1, 0) < 0 ? -errno : poll_fd.revents;
}

/* seen: the events of each; all 0 also after a signal. */
static jint JNICALL native_poll(JNIEnv *env, jclass type, jintArray fds, jintArray wanted,
				jintArray seen, jint timeout_millis)
{
	struct pollfd polled[POLLED];
	jint numbers[POLLED], events[POLLED];
	const jsize count = (*env)->GetArrayLength(env, fds);
	int ready;

	(void)type;
	if (count > POLLED)
		return -EINVAL;
	(*env)->GetIntArrayRegion(env, fds, 0, count, numbers);
	(*env)->GetIntArrayRegion(env, wanted, 0, count, events);
	for (jsize i = 0; i < count; i++)
		polled[i] = (struct pollfd){.fd = numbers[i], .events = (short)events[i]};
	ready = poll(polled, (nfds_t)count, timeout_millis);
	if (ready < 0 && errno != EINTR)
		return -errno;
	for (jsize i = 0; i < count; i++)
		events[i] = ready > 0 ? polled[i].revents : 0;
	(*env)->SetIntArrayRegion(env, seen, 0, count, events);
	return ready < 0 ? 0 : ready;
}

/* RLIMIT_NOFILE. Not libc's getrlimit, whose struct is another one where off_t has 32 bits. */
static jlong JNICALL native_descriptor_limit(JNIEnv *env, jclass type)
{
	uint64_t soft_and_hard[2];

	(void)env, (void)type;
	if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, soft_and_hard) < 0)
		return -errno;
	return (jlong)soft_and_hard[0];
}

static jint JNICALL native_write(JNIEnv *env, jclass type, jint fd, jbyteArray bytes)
{
	char *copy = belfry_copy_bytes(env, bytes);
	jint written;

	(void)type;
	if (copy == NULL)
		return -ENOMEM;
	written = (jint)belfry_result(write(fd, copy, (size_t)(*env)->GetArrayLength(env, bytes)));
	free(copy);
	return written;
}

/* As many bytes as the direct buffer has and the file gives. */
static jint JNICALL native_pread(JNIEnv *env, jclass type, jint fd, jobject into, jlong offset)
{
	void *const to = (*env)->GetDirectBufferAddress(env, into);
	const jlong size = (*env)->GetDirectBufferCapacity(env, into);

	(void)type;
	return (jint)belfry_result(pread(fd, to, (size_t)size, offset));
}

static jint JNICALL native_eventfd_create(JNIEnv *env, jclass type)
{
	(void)env, (void)type;
	return (jint)belfry_result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

/* Adds 1, which wakes a thread that polls it. */
static jint JNICALL native_eventfd_ring(JNIEnv *env, jclass type, jint fd)
{
	(void)env, (void)type;
	return (jint)belfry_result(eventfd_write(fd, 1));
}

static jint JNICALL native_epoll_create(JNIEnv *env, jclass type)
{
	(void)env, (void)type;
	return (jint)belfry_result(epoll_create1(EPOLL_CLOEXEC));
}

static jint JNICALL native_epoll_add(JNIEnv *env, jclass type, jint epoll, jint fd, jlong key)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = (uint64_t)key};

	(void)env, (void)type;
	return (jint)belfry_result(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

/* For one event, then no more until it is armed again; EPOLLHUP and EPOLLERR always count. */
static jint JNICALL native_epoll_arm(JNIEnv *env, jclass type, jint epoll, jint fd, jint events,
				     jlong key, jboolean again)
{
	struct epoll_event event = {.events = (uint32_t)events | EPOLLONESHOT,
				    .data.u64 = (uint64_t)key};

	(void)env, (void)type;
	return (jint)belfry_result(
		epoll_ctl(epoll, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event));
}

static jint JNICALL native_epoll_remove(JNIEnv *env, jclass type, jint epoll, jint fd)
{
	(void)env, (void)type;
	return (jint)belfry_result(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL));
}

/* Blocks up to the timeout; fills `keys` with those that are ready and returns their number. */
static jint JNICALL native_epoll_wait(JNIEnv *env, jclass type, jint epoll, jlongArray keys,
				      jint timeout_millis)
{
	struct epoll_event events[EVENTS];
	jlong ready[EVENTS];
	jsize room = (*env)->GetArrayLength(env, keys);
	int count = epoll_wait(epoll, events, room < EVENTS ? room : EVENTS, timeout_millis);

	(void)type;
	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++)
		ready[i] = (jlong)events[i].data.u64;
	(*env)->SetLongArrayRegion(env, keys, 0, count, ready);
	return count;
}

/* libc's text for an errno. Not strerror_r, which is another function in musl. */
static jbyteArray JNICALL native_errno_text(JNIEnv *env, jclass type, jint number)
{
	const char *text = strerror(number);
	jsize length = (jsize)strlen(text);
	jbyteArray bytes = (*env)->NewByteArray(env, length);

	(void)type;
	if (bytes != NULL)
		(*env)->SetByteArrayRegion(env, bytes, 0, length, (const jbyte *)text);
	return bytes;
}

static const JNINativeMethod methods[] = {
	BELFRY_NATIVE("open", "([BIZI)I", native_open),
	BELFRY_NATIVE("unlink", "([B)I", native_unlink),
	BELFRY_NATIVE("close", "(I)I", native_close),
	BELFRY_NATIVE("write", "(I[B)I", native_write),
	BELFRY_NATIVE("pipe", "([I)I", native_pipe),
	BELFRY_NATIVE("socketPair", "([II)I", native_socket_pair),
	BELFRY_NATIVE("duplicate", "(I)I", native_duplicate),
	BELFRY_NATIVE("pollNow", "(II)I", native_poll_now),
	BELFRY_NATIVE("poll", "([I[I[II)I", native_poll),
	BELFRY_NATIVE("descriptorLimit", "()J", native_descriptor_limit),
	BELFRY_NATIVE("pread", "(ILjava/nio/ByteBuffer;J)I", native_pread),
	BELFRY_NATIVE("eventfdCreate", "()I", native_eventfd_create),
	BELFRY_NATIVE("eventfdRing", "(I)I", native_eventfd_ring),
	BELFRY_NATIVE("epollCreate", "()I", native_epoll_create),
	BELFRY_NATIVE("epollAdd", "(IIJ)I", native_epoll_add),
	BELFRY_NATIVE("epollArm", "(IIIJZ)I", native_epoll_arm),
	BELFRY_NATIVE("epollRemove", "(II)I", native_epoll_remove),
	BELFRY_NATIVE("epollWait", "(I[JI)I", native_epoll_wait),
	BELFRY_NATIVE("errnoText", "(I)[B", native_errno_text),
};

const struct belfry_native_table belfry_descriptor_natives = BELFRY_TABLE(methods);
