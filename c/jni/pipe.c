/* Natives for the master's ends of pipes, which don't block: a call that would is -EAGAIN. */
#include "jni_args.h"
#include "natives.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

/* 0: the end. */
static jint JNICALL native_read_some(JNIEnv *env, jclass type, jint fd, jbyteArray into,
				     jint offset, jint length)
{
	const size_t size = part_size(length);
	char on_stack[ON_STACK];
	char *const buffer = size <= sizeof on_stack ? on_stack : malloc(size);
	jint count;

	(void)type;
	if (buffer == NULL)
		return -ENOMEM;
	count = (jint)belfry_result(read(fd, buffer, size));
	if (count > 0)
		(*env)->SetByteArrayRegion(env, into, offset, count, (const jbyte *)buffer);
	if (buffer != on_stack)
		free(buffer);
	return count;
}

static jint JNICALL native_write_some(JNIEnv *env, jclass type, jint fd, jbyteArray from,
				      jint offset, jint length)
{
	const size_t size = part_size(length);
	char on_stack[ON_STACK];
	char *const buffer = size <= sizeof on_stack ? on_stack : malloc(size);
	jint count;

	(void)type;
	if (buffer == NULL)
		return -ENOMEM;
	(*env)->GetByteArrayRegion(env, from, offset, (jsize)size, (jbyte *)buffer);
	count = (jint)belfry_result(write(fd, buffer, size));
	if (buffer != on_stack)
		free(buffer);
	return count;
}

static const JNINativeMethod methods[] = {
	BELFRY_NATIVE("setNonblocking", "(I)I", native_set_nonblocking),
	BELFRY_NATIVE("readSome", "(I[BII)I", native_read_some),
	BELFRY_NATIVE("writeSome", "(I[BII)I", native_write_some),
};

const struct belfry_native_table belfry_pipe_natives = BELFRY_TABLE(methods);
