/* The natives of io.github.belfry.Native: one for each system call or plain C function. */
#ifndef BELFRY_NATIVES_H
#define BELFRY_NATIVES_H

#include <jni.h>

struct belfry_native_table {
	const JNINativeMethod *methods;
	int count;
};

extern const struct belfry_native_table belfry_process_natives;	   /* process.c */
extern const struct belfry_native_table belfry_descriptor_natives; /* descriptor.c */
extern const struct belfry_native_table belfry_memory_natives;	   /* memory.c */

#define BELFRY_NATIVE(name, signature, function)                                                   \
	{                                                                                          \
		(char *)(name), (char *)(signature), (void *)(function)                            \
	}
#define BELFRY_TABLE(methods)                                                                      \
	{                                                                                          \
		(methods), (int)(sizeof(methods) / sizeof *(methods))                              \
	}

#endif
