/* The native that starts a program: unpacks its arguments into a struct belfry_spawn. */
#include "jni_args.h"
#include "natives.h"
#include "belfry_spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { UNCHANGED = INT32_MIN }; /* of ChildAttributes, for what may be negative */

/* The copies that a struct belfry_spawn borrows from. */
struct plan_memory {
	struct belfry_strings programs, arguments, environment;
	char *directory;
	unsigned char *cpus;
	jint *descriptors;
	jlong *limits;
	struct belfry_limit *plan_limits;
	struct belfry_descriptor *plan_descriptors;
};

static void free_memory(struct plan_memory *memory)
{
	free(memory->programs.pointers);
	free(memory->arguments.pointers);
	free(memory->environment.pointers);
	free(memory->directory);
	free(memory->cpus);
	free(memory->descriptors);
	free(memory->limits);
	free(memory->plan_limits);
	free(memory->plan_descriptors);
}

/* Pairs of source and target. */
static bool unpack_descriptors(JNIEnv *env, jintArray array, struct plan_memory *memory,
			       struct belfry_spawn *plan)
{
	jsize length = (*env)->GetArrayLength(env, array);

	plan->descriptor_count = (size_t)length / 2;
	memory->descriptors = calloc((size_t)length + 1, sizeof(jint));
	memory->plan_descriptors =
		calloc(plan->descriptor_count + 1, sizeof(struct belfry_descriptor));
	if (memory->descriptors == NULL || memory->plan_descriptors == NULL)
		return false;
	(*env)->GetIntArrayRegion(env, array, 0, length, memory->descriptors);
	for (size_t i = 0; i < plan->descriptor_count; i++) {
		memory->plan_descriptors[i].source = memory->descriptors[2 * i];
		memory->plan_descriptors[i].target = memory->descriptors[2 * i + 1];
	}
	plan->descriptors = memory->plan_descriptors;
	return true;
}

/* Triples of resource, soft and hard. */
static bool unpack_limits(JNIEnv *env, jlongArray array, struct plan_memory *memory,
			  struct belfry_spawn *plan)
{
	jsize length = (*env)->GetArrayLength(env, array);

	plan->limit_count = (size_t)length / 3;
	memory->limits = calloc((size_t)length + 1, sizeof(jlong));
	memory->plan_limits = calloc(plan->limit_count + 1, sizeof(struct belfry_limit));
	if (memory->limits == NULL || memory->plan_limits == NULL)
		return false;
	(*env)->GetLongArrayRegion(env, array, 0, length, memory->limits);
	for (size_t i = 0; i < plan->limit_count; i++) {
		memory->plan_limits[i].resource = (int)memory->limits[3 * i];
		memory->plan_limits[i].soft = (uint64_t)memory->limits[3 * i + 1];
		memory->plan_limits[i].hard = (uint64_t)memory->limits[3 * i + 2];
	}
	plan->limits = memory->plan_limits;
	return true;
}

static bool unpack_strings(JNIEnv *env, jbyteArray programs, jbyteArray arguments,
			   jbyteArray environment, struct plan_memory *memory,
			   struct belfry_spawn *plan)
{
	if (!belfry_copy_strings(env, programs, &memory->programs) ||
	    !belfry_copy_strings(env, arguments, &memory->arguments) ||
	    !belfry_copy_strings(env, environment, &memory->environment))
		return false;
	plan->programs = memory->programs.pointers;
	plan->arguments = memory->arguments.pointers;
	plan->environment = memory->environment.pointers;
	return true;
}

/* result: the pidfd or -1, and the index of the failed part; step: the name of the failed call. */
static jint report(JNIEnv *env, int error, const struct belfry_spawned *spawned, jintArray result,
		   jbyteArray step)
{
	const jint numbers[2] = {spawned->pidfd, (jint)spawned->index};

	(*env)->SetIntArrayRegion(env, result, 0, 2, numbers);
	if (error < 0) {
		(*env)->SetByteArrayRegion(env, step, 0, (jsize)strlen(spawned->step),
					   (const jbyte *)spawned->step);
		return error;
	}
	return spawned->pid;
}

/* The components of the record ChildAttributes, by name. */
enum attribute {
	DIRECTORY,
	CPUS,
	LIMITS,
	BLOCKED_SIGNALS,
	IGNORED_SIGNALS,
	UMASK,
	NICE,
	OOM_SCORE_ADJUST,
	UID,
	GID,
	OWN_GROUP,
	NEW_SESSION,
	DIE_WITH_PARENT,
	WANT_PIDFD,
	ATTRIBUTES,
};

static const struct {
	const char *name, *type;
} components[ATTRIBUTES] = {
	[DIRECTORY] = {"directory", "[B"},
	[CPUS] = {"cpus", "[B"},
	[LIMITS] = {"limits", "[J"},
	[BLOCKED_SIGNALS] = {"blockedSignals", "J"},
	[IGNORED_SIGNALS] = {"ignoredSignals", "J"},
	[UMASK] = {"umask", "I"},
	[NICE] = {"nice", "I"},
	[OOM_SCORE_ADJUST] = {"oomScoreAdjust", "I"},
	[UID] = {"uid", "I"},
	[GID] = {"gid", "I"},
	[OWN_GROUP] = {"ownGroup", "Z"},
	[NEW_SESSION] = {"newSession", "Z"},
	[DIE_WITH_PARENT] = {"dieWithParent", "Z"},
	[WANT_PIDFD] = {"wantPidfd", "Z"},
};

static jfieldID fields[ATTRIBUTES];

bool belfry_find_attributes(JNIEnv *env, jclass type)
{
	for (int i = 0; i < ATTRIBUTES; i++) {
		fields[i] = (*env)->GetFieldID(env, type, components[i].name, components[i].type);
		if (fields[i] == NULL)
			return false;
	}
	return true;
}

static bool unpack_attributes(JNIEnv *env, jobject attributes, struct plan_memory *memory,
			      struct belfry_spawn *plan)
{
	jbyteArray directory = (*env)->GetObjectField(env, attributes, fields[DIRECTORY]);
	jbyteArray cpus = (*env)->GetObjectField(env, attributes, fields[CPUS]);
	jlongArray limits = (*env)->GetObjectField(env, attributes, fields[LIMITS]);

	plan->blocked_signals =
		(uint64_t)(*env)->GetLongField(env, attributes, fields[BLOCKED_SIGNALS]);
	plan->ignored_signals =
		(uint64_t)(*env)->GetLongField(env, attributes, fields[IGNORED_SIGNALS]);
	plan->umask = (*env)->GetIntField(env, attributes, fields[UMASK]);
	plan->nice = (*env)->GetIntField(env, attributes, fields[NICE]);
	plan->set_nice = plan->nice != UNCHANGED;
	plan->oom_score_adjust = (*env)->GetIntField(env, attributes, fields[OOM_SCORE_ADJUST]);
	plan->set_oom_score = plan->oom_score_adjust != UNCHANGED;
	plan->uid = (*env)->GetIntField(env, attributes, fields[UID]);
	plan->gid = (*env)->GetIntField(env, attributes, fields[GID]);
	plan->own_group = (*env)->GetBooleanField(env, attributes, fields[OWN_GROUP]);
	plan->new_session = (*env)->GetBooleanField(env, attributes, fields[NEW_SESSION]);
	plan->die_with_parent = (*env)->GetBooleanField(env, attributes, fields[DIE_WITH_PARENT]);
	plan->want_pidfd = (*env)->GetBooleanField(env, attributes, fields[WANT_PIDFD]);
	if (directory != NULL) {
		plan->directory = memory->directory = belfry_copy_bytes(env, directory);
		if (plan->directory == NULL)
			return false;
	}
	if (cpus != NULL) {
		plan->cpus = memory->cpus = (unsigned char *)belfry_copy_bytes(env, cpus);
		plan->cpus_bytes = (size_t)(*env)->GetArrayLength(env, cpus);
		if (plan->cpus == NULL)
			return false;
	}
	return unpack_limits(env, limits, memory, plan);
}

static jint JNICALL native_spawn(JNIEnv *env, jclass type, jbyteArray programs, jint program_fd,
				 jbyteArray arguments, jbyteArray environment,
				 jintArray descriptors, jobject attributes, jint keeper_socket,
				 jint keeper_bell, jintArray result, jbyteArray step)
{
	const struct belfry_keeper keeper = {.socket = keeper_socket, .bell = keeper_bell};
	struct plan_memory memory = {0};
	struct belfry_spawned spawned = {.pid = -1, .pidfd = -1};
	struct belfry_spawn plan = {.program_fd = program_fd,
				    .keeper = keeper_socket >= 0 ? &keeper : NULL};
	jint pid = -ENOMEM;

	(void)type;
	if (unpack_strings(env, programs, arguments, environment, &memory, &plan) &&
	    unpack_descriptors(env, descriptors, &memory, &plan) &&
	    unpack_attributes(env, attributes, &memory, &plan))
		pid = report(env, belfry_spawn(&plan, &spawned), &spawned, result, step);
	free_memory(&memory);
	return pid;
}

static const JNINativeMethod methods[] = {
	BELFRY_NATIVE("spawn", "([BI[B[B[ILjava/lang/Record;II[I[B)I", native_spawn),
};
const struct belfry_native_table belfry_spawn_natives = BELFRY_TABLE(methods);
