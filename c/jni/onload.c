/* The only exported symbol: registers every native, so none has to be exported by its JNI name. */
#include "natives.h"

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved);

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
	const struct belfry_native_table *tables[] = {
		&belfry_spawn_natives,
		&belfry_process_natives,
		&belfry_descriptor_natives,
		&belfry_pipe_natives,
		&belfry_memory_natives,
	};
	JNIEnv *env;
	jclass natives;

	(void)reserved;
	if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK)
		return JNI_ERR;
	natives = (*env)->FindClass(env, BELFRY_NATIVE_CLASS);
	if (natives == NULL || !belfry_find_attributes(env))
		return JNI_ERR;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		if ((*env)->RegisterNatives(env, natives, tables[i]->methods, tables[i]->count) !=
		    JNI_OK)
			return JNI_ERR;
	}
	(*env)->DeleteLocalRef(env, natives);
	return JNI_VERSION_1_8;
}
