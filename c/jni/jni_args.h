/*
 * Unpacking of Java arrays. Each array is copied once, before any system call, so nothing here
 * pins the heap. Without memory a function returns false or NULL, and its native -ENOMEM.
 */
#ifndef BELFRY_JNI_ARGS_H
#define BELFRY_JNI_ARGS_H

#include <jni.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings from one byte[] in which each ends with NUL. */
struct belfry_strings {
	char **pointers; /* NULL-terminated, into the same allocation */
	size_t count;
};

/* The bytes of `array` and a NUL after them; the caller frees them. */
char *belfry_copy_bytes(JNIEnv *env, jbyteArray array);

/* The strings in `array`; the caller frees `pointers`. */
bool belfry_copy_strings(JNIEnv *env, jbyteArray array, struct belfry_strings *strings);

/* What a native returns: the value, or -errno where the call said -1. */
jlong belfry_result(long result);

#endif
