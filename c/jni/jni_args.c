#include "jni_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *belfry_copy_bytes(JNIEnv *env, jbyteArray array)
{
	jsize length = (*env)->GetArrayLength(env, array);
	char *copy = malloc((size_t)length + 1);

	if (copy == NULL)
		return NULL;
	(*env)->GetByteArrayRegion(env, array, 0, length, (jbyte *)copy);
	copy[length] = '\0';
	return copy;
}

bool belfry_copy_strings(JNIEnv *env, jbyteArray array, struct belfry_strings *strings)
{
	size_t bytes = (size_t)(*env)->GetArrayLength(env, array);
	size_t pointers_bytes;
	char *text = belfry_copy_bytes(env, array);
	char *block;

	if (text == NULL)
		return false;
	strings->count = 0;
	for (size_t i = 0; i < bytes; i++)
		strings->count += text[i] == '\0';

	pointers_bytes = (strings->count + 1) * sizeof(char *);
	block = malloc(pointers_bytes + bytes + 1);
	if (block == NULL) {
		free(text);
		return false;
	}
	memcpy(block + pointers_bytes, text, bytes + 1);
	free(text);
	strings->pointers = (char **)(void *)block;
	text = block + pointers_bytes;
	for (size_t i = 0; i < strings->count; i++) {
		strings->pointers[i] = text;
		text += strlen(text) + 1;
	}
	strings->pointers[strings->count] = NULL;
	return true;
}

jlong belfry_result(long result)
{
	return result < 0 ? -errno : result;
}
