/*
 * A JVMTI agent: appends to the file that its options name which classes, methods and fields the
 * shim looks up by name.
 *
 *	class io/github/belfry/internal/sys/Native
 *	method Ljava/lang/Throwable; <init> ()V
 *	field Lio/github/belfry/internal/sys/ChildAttributes; umask I
 */
#include <dlfcn.h>
#include <jvmti.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static jvmtiEnv *jvmti;
static jniNativeInterface *original;
static FILE *lookups;

JNIEXPORT jint JNICALL Agent_OnLoad(JavaVM *vm, char *options, void *reserved);

/* Others look up as well. The shim is loaded from a copy without a name. */
static bool in_shim(const void *address)
{
	Dl_info info;

	return dladdr(address, &info) != 0 && strncmp(info.dli_fname, "/proc/", strlen("/proc/")) == 0;
}

static void report(const char *kind, jclass type, const char *name, const char *signature)
{
	char *type_signature;

	if ((*jvmti)->GetClassSignature(jvmti, type, &type_signature, NULL) != JVMTI_ERROR_NONE)
		return;
	fprintf(lookups, "%s %s %s %s\n", kind, type_signature, name, signature);
	(*jvmti)->Deallocate(jvmti, (unsigned char *)type_signature);
}

static jclass JNICALL find_class(JNIEnv *env, const char *name)
{
	if (in_shim(__builtin_return_address(0)))
		fprintf(lookups, "class %s\n", name);
	return original->FindClass(env, name);
}

static jmethodID JNICALL get_method(JNIEnv *env, jclass type, const char *name,
				    const char *signature)
{
	if (in_shim(__builtin_return_address(0)))
		report("method", type, name, signature);
	return original->GetMethodID(env, type, name, signature);
}

static jmethodID JNICALL get_static_method(JNIEnv *env, jclass type, const char *name,
					   const char *signature)
{
	if (in_shim(__builtin_return_address(0)))
		report("method", type, name, signature);
	return original->GetStaticMethodID(env, type, name, signature);
}

static jfieldID JNICALL get_field(JNIEnv *env, jclass type, const char *name, const char *signature)
{
	if (in_shim(__builtin_return_address(0)))
		report("field", type, name, signature);
	return original->GetFieldID(env, type, name, signature);
}

static jfieldID JNICALL get_static_field(JNIEnv *env, jclass type, const char *name,
					 const char *signature)
{
	if (in_shim(__builtin_return_address(0)))
		report("field", type, name, signature);
	return original->GetStaticFieldID(env, type, name, signature);
}

static void JNICALL vm_init(jvmtiEnv *agent, JNIEnv *env, jthread thread)
{
	jniNativeInterface *changed;

	(void)env, (void)thread;
	if ((*agent)->GetJNIFunctionTable(agent, &original) != JVMTI_ERROR_NONE ||
	    (*agent)->GetJNIFunctionTable(agent, &changed) != JVMTI_ERROR_NONE)
		return;
	changed->FindClass = find_class;
	changed->GetMethodID = get_method;
	changed->GetStaticMethodID = get_static_method;
	changed->GetFieldID = get_field;
	changed->GetStaticFieldID = get_static_field;
	(*agent)->SetJNIFunctionTable(agent, changed);
}

JNIEXPORT jint JNICALL Agent_OnLoad(JavaVM *vm, char *options, void *reserved)
{
	const jvmtiEventCallbacks callbacks = {.VMInit = vm_init};

	(void)reserved;
	lookups = options == NULL ? NULL : fopen(options, "ae");
	if (lookups == NULL || (*vm)->GetEnv(vm, (void **)&jvmti, JVMTI_VERSION_1_2) != JNI_OK)
		return JNI_ERR;
	setvbuf(lookups, NULL, _IOLBF, 0);
	(*jvmti)->SetEventCallbacks(jvmti, &callbacks, sizeof callbacks);
	(*jvmti)->SetEventNotificationMode(jvmti, JVMTI_ENABLE, JVMTI_EVENT_VM_INIT, NULL);
	return JNI_OK;
}
