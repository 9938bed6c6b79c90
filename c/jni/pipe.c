/*
 * Natives for the master's ends of pipes, which don't block: a call that would is -EAGAIN. It may be
 * patient for a moment before, so that a thread that can afford it is woken by the worker itself.
 */
#include "jni_args.h"
#include "natives.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	ON_STACK = 8 * 1024,
	AT_ONCE = 64 * 1024, /* as much as a pipe holds, unless it was made larger */
};

/* For a new pipe, which has no other flags. */
static jint JNICALL native_set_nonblocking(JNIEnv *env, jclass type, jint fd)
{
	(void)env, (void)type;
	return (jint)belfry_result(fcntl(fd, F_SETFL, O_NONBLOCK));
}

static size_t part_size(jint length)
{
	return length < AT_ONCE ? (size_t)length : AT_ONCE;
}

/* read(2) for POLLIN, write(2) for POLLOUT. */
static jint try_transfer(int fd, short event, char *bytes, size_t size)
{
	return (jint)belfry_result(event == POLLIN ? read(fd, bytes, size)
						   : write(fd, bytes, size));
}

static jint transfer(int fd, short event, char *bytes, size_t size, jint patience_millis)
{
	struct pollfd polled = {.fd = fd, .events = event};
	const jint result = try_transfer(fd, event, bytes, size);

	if (result != -EAGAIN || patience_millis == 0 || poll(&polled, 1, patience_millis) <= 0)
		return result;
	return try_transfer(fd, event, bytes, size);
}

/* 0: the end. */
static jint JNICALL native_read_some(JNIEnv *env, jclass type, jint fd, jbyteArray into,
				     jint offset, jint length, jint patience_millis)
{
	const size_t size = part_size(length);
	char on_stack[ON_STACK];
	char *const buffer = size <= sizeof on_stack ? on_stack : malloc(size);
	jint result;

	(void)type;
	if (buffer == NULL)
		return -ENOMEM;
	result = transfer(fd, POLLIN, buffer, size, patience_millis);
	if (result > 0)
		(*env)->SetByteArrayRegion(env, into, offset, result, (const jbyte *)buffer);
	if (buffer != on_stack)
		free(buffer);
	return result;
}

static jint JNICALL native_write_some(JNIEnv *env, jclass type, jint fd, jbyteArray from,
				      jint offset, jint length, jint patience_millis)
{
	const size_t size = part_size(length);
	char on_stack[ON_STACK];
	char *const buffer = size <= sizeof on_stack ? on_stack : malloc(size);
	jint result;

	(void)type;
	if (buffer == NULL)
		return -ENOMEM;
	(*env)->GetByteArrayRegion(env, from, offset, (jsize)size, (jbyte *)buffer);
	result = transfer(fd, POLLOUT, buffer, size, patience_millis);
	if (buffer != on_stack)
		free(buffer);
	return result;
}

static jint JNICALL native_readable(JNIEnv *env, jclass type, jint fd)
{
	int bytes = 0;

	(void)env, (void)type;
	return ioctl(fd, FIONREAD, &bytes) < 0 ? -errno : bytes;
}

static const JNINativeMethod methods[] = {
	BELFRY_NATIVE("setNonblocking", "(I)I", native_set_nonblocking),
	BELFRY_NATIVE("readSome", "(I[BIII)I", native_read_some),
	BELFRY_NATIVE("writeSome", "(I[BIII)I", native_write_some),
	BELFRY_NATIVE("readable", "(I)I", native_readable),
};

const struct belfry_native_table belfry_pipe_natives = BELFRY_TABLE(methods);
