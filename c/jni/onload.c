/*
 * The only exported symbol: registers every native, so none has to be exported by its JNI name.
 *
 * Shading renames the packages of Java classes and leaves this library as it is. So it has no name
 * of ours: it takes the package from the class that loads it, which the stack names.
 *
 *	...					the VM's
 *	java.lang.System			load
 *	PACKAGE.NativeLibrary			tryLoad
 */
#include "natives.h"

#include <string.h>

enum { NAME_BYTES = 1024 };

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved);

static jobject call(JNIEnv *env, jobject object, jmethodID method)
{
	jobject result = (*env)->CallObjectMethod(env, object, method);

	return (*env)->ExceptionCheck(env) ? NULL : result;
}

static jobjectArray stack_trace(JNIEnv *env)
{
	jclass type = (*env)->FindClass(env, "java/lang/Throwable");
	jmethodID create, get;
	jobject throwable;

	if (type == NULL)
		return NULL;
	create = (*env)->GetMethodID(env, type, "<init>", "()V");
	if (create == NULL)
		return NULL;
	get = (*env)->GetMethodID(env, type, "getStackTrace", "()[Ljava/lang/StackTraceElement;");
	if (get == NULL)
		return NULL;
	throwable = (*env)->NewObject(env, type, create);
	return throwable == NULL ? NULL : call(env, throwable, get);
}

static bool class_of_frame(JNIEnv *env, jobjectArray trace, jsize i, jmethodID get, char *name)
{
	jobject frame = (*env)->GetObjectArrayElement(env, trace, i);
	jstring text = frame == NULL ? NULL : call(env, frame, get);
	jsize bytes = text == NULL ? NAME_BYTES : (*env)->GetStringUTFLength(env, text);

	if (bytes >= NAME_BYTES)
		return false;
	(*env)->GetStringUTFRegion(env, text, 0, (*env)->GetStringLength(env, text), name);
	name[bytes] = '\0';
	(*env)->DeleteLocalRef(env, text);
	(*env)->DeleteLocalRef(env, frame);
	return true;
}

/* false, maybe with an exception pending, also where the VM was told to keep no stack traces. */
static bool class_that_loads(JNIEnv *env, char name[NAME_BYTES])
{
	jobjectArray trace = stack_trace(env);
	jclass type = trace == NULL ? NULL : (*env)->FindClass(env, "java/lang/StackTraceElement");
	jmethodID get = type == NULL ? NULL
				     : (*env)->GetMethodID(env, type, "getClassName",
							   "()Ljava/lang/String;");
	jsize count = get == NULL ? 0 : (*env)->GetArrayLength(env, trace);
	bool in_load = false;

	for (jsize i = 0; i < count && class_of_frame(env, trace, i, get, name); i++) {
		if (strcmp(name, "java.lang.System") == 0)
			in_load = true;
		else if (in_load)
			return true;
	}
	return false;
}

/* name: of a class of the package, with dots; it gets the other's name, with slashes. */
static jclass find_beside(JNIEnv *env, char name[NAME_BYTES], const char *other)
{
	char *end = name;

	for (char *at = name; *at != '\0'; at++) {
		if (*at == '.' || *at == '/') {
			*at = '/';
			end = at + 1;
		}
	}
	if (end + strlen(other) >= name + NAME_BYTES)
		return NULL;
	strcpy(end, other);
	return (*env)->FindClass(env, name);
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
	const struct belfry_native_table *tables[] = {
		&belfry_spawn_natives,
		&belfry_process_natives,
		&belfry_descriptor_natives,
		&belfry_pipe_natives,
		&belfry_memory_natives,
	};
	char name[NAME_BYTES];
	JNIEnv *env;
	jclass natives, attributes;

	(void)reserved;
	if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK)
		return JNI_ERR;
	if (!class_that_loads(env, name)) {
		(*env)->ExceptionClear(env);
		strcpy(name, BELFRY_NATIVE_CLASS);
	}
	natives = find_beside(env, name, "Native");
	if (natives == NULL)
		return JNI_ERR;
	attributes = find_beside(env, name, "ChildAttributes");
	if (attributes == NULL || !belfry_find_attributes(env, attributes))
		return JNI_ERR;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		if ((*env)->RegisterNatives(env, natives, tables[i]->methods, tables[i]->count) !=
		    JNI_OK)
			return JNI_ERR;
	}
	return JNI_VERSION_1_8;
}
