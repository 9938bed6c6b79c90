/* The natives of io.github.belfry.internal.sys.Native: one for each system call or plain C function. */
#ifndef BELFRY_NATIVES_H
#define BELFRY_NATIVES_H

#include <jni.h>
#include <stdbool.h>

/* Unless its package was renamed, see onload.c. */
#define BELFRY_NATIVE_CLASS "io/github/belfry/internal/sys/Native"

struct belfry_native_table {
	const JNINativeMethod *methods;
	int count;
};

extern const struct belfry_native_table belfry_spawn_natives;	   /* spawn_native.c */
extern const struct belfry_native_table belfry_process_natives;	   /* process.c */
extern const struct belfry_native_table belfry_descriptor_natives; /* descriptor.c */
extern const struct belfry_native_table belfry_pipe_natives;	   /* pipe.c */
extern const struct belfry_native_table belfry_memory_natives;	   /* memory.c */

/* Finds the components of the record ChildAttributes; false with an exception pending. */
bool belfry_find_attributes(JNIEnv *env, jclass type);

#define BELFRY_NATIVE(name, signature, function)                                                   \
	{                                                                                          \
		(char *)(name), (char *)(signature), (void *)(function)                            \
	}
#define BELFRY_TABLE(methods)                                                                      \
	{                                                                                          \
		(methods), (int)(sizeof(methods) / sizeof *(methods))                              \
	}

#endif
