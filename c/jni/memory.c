/*
 * Natives for shared memory: files, memfds, mappings. Nothing here reads or writes a mapping: if
 * its file is truncated, an access from C is a SIGBUS, which ends the VM.
 */
#include "jni_args.h"
#include "natives.h"
#include "ring_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/*
 * facts: st_mode, st_size, st_dev, st_ino. Not libc's fstat, which is another symbol in each libc and
 * generation of glibc; the kernel's struct is libc's on x86-64 and aarch64.
 */
static jint JNICALL native_fstat(JNIEnv *env, jclass type, jint fd, jlongArray facts)
{
	struct stat status;
	jlong copy[4];

	(void)type;
	if (syscall(SYS_fstat, fd, &status) < 0)
		return -errno;
	copy[0] = (jlong)status.st_mode;
	copy[1] = (jlong)status.st_size;
	copy[2] = (jlong)status.st_dev;
	copy[3] = (jlong)status.st_ino;
	(*env)->SetLongArrayRegion(env, facts, 0, 4, copy);
	return 0;
}

/* posix_fallocate: where the file system can't allocate, glibc writes the blocks (musl:
 * EOPNOTSUPP). */
static jint JNICALL native_allocate(JNIEnv *env, jclass type, jint fd, jlong size)
{
	int error;

	(void)env, (void)type;
	do
		error = posix_fallocate(fd, 0, size);
	while (error == EINTR);
	return -error;
}

static jint JNICALL native_ftruncate(JNIEnv *env, jclass type, jint fd, jlong size)
{
	(void)env, (void)type;
	return (jint)belfry_result(ftruncate(fd, size));
}

/*
 * Not libc's memfd_create, which glibc has since 2.27. Kernels before 6.3 answer EINVAL to the flags that say whether
 * it may be executed.
 */
static jint JNICALL native_memfd_create(JNIEnv *env, jclass type, jbyteArray name,
					jboolean executable)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	char *text = belfry_copy_bytes(env, name);
	long fd;

	(void)type;
	if (text == NULL)
		return -ENOMEM;
	fd = syscall(SYS_memfd_create, text, flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));
	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_memfd_create, text, flags);
	fd = (long)belfry_result(fd);
	free(text);
	return (jint)fd;
}

static jint JNICALL native_seal_size(JNIEnv *env, jclass type, jint fd)
{
	(void)env, (void)type;
	return (jint)belfry_result(
		fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
}

/*
 * Seals the size, and the content against all writers but the mappings that exist already.
 * F_SEAL_SEAL comes last, because after it no seal can be added.
 */
static jint JNICALL native_seal_for_one_writer(JNIEnv *env, jclass type, jint fd)
{
	(void)env, (void)type;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE) < 0)
		return -errno;
	return (jint)belfry_result(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
}

static jint JNICALL native_seal_all(JNIEnv *env, jclass type, jint fd)
{
	(void)env, (void)type;
	return (jint)belfry_result(
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
}

/* mmap's address or -errno, which is never a user address. */
static jlong address_or_error(const void *address)
{
	return address == MAP_FAILED ? -errno : (jlong)(intptr_t)address;
}

static jlong JNICALL native_map(JNIEnv *env, jclass type, jint fd, jlong length, jboolean writable)
{
	int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;

	(void)env, (void)type;
	return address_or_error(mmap(NULL, (size_t)length, protection, MAP_SHARED, fd, 0));
}

static jlong JNICALL native_map_ring(JNIEnv *env, jclass type, jint fd, jlong header, jlong ring,
				     jboolean writable)
{
	struct belfry_ring_map map;
	const int result = belfry_ring_map(&map, fd, (size_t)header, (uint32_t)ring,
					   writable ? PROT_READ | PROT_WRITE : PROT_READ);

	(void)env, (void)type;
	return result < 0 ? result : (jlong)(intptr_t)map.header;
}

/*
 * Replaces a mapping by private zero pages, in one step: at no moment is the range free for another
 * thread's mmap. Without MAP_NORESERVE a range larger than the memory would be ENOMEM.
 */
static jlong JNICALL native_blank(JNIEnv *env, jclass type, jlong address, jlong length)
{
	(void)env, (void)type;
	return address_or_error(
		mmap((void *)(intptr_t)address, (size_t)length, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0));
}

static jint JNICALL native_unmap(JNIEnv *env, jclass type, jlong address, jlong length)
{
	(void)env, (void)type;
	return (jint)belfry_result(munmap((void *)(intptr_t)address, (size_t)length));
}

static jint JNICALL native_sync(JNIEnv *env, jclass type, jlong address, jlong length)
{
	(void)env, (void)type;
	return (jint)belfry_result(msync((void *)(intptr_t)address, (size_t)length, MS_SYNC));
}

static jobject JNICALL native_direct_buffer(JNIEnv *env, jclass type, jlong address, jint length)
{
	(void)type;
	return (*env)->NewDirectByteBuffer(env, (void *)(intptr_t)address, length);
}

static jint JNICALL native_page_size(JNIEnv *env, jclass type)
{
	(void)env, (void)type;
	return (jint)sysconf(_SC_PAGESIZE);
}

static const JNINativeMethod methods[] = {
	BELFRY_NATIVE("fstat", "(I[J)I", native_fstat),
	BELFRY_NATIVE("ftruncate", "(IJ)I", native_ftruncate),
	BELFRY_NATIVE("allocate", "(IJ)I", native_allocate),
	BELFRY_NATIVE("memfdCreate", "([BZ)I", native_memfd_create),
	BELFRY_NATIVE("sealSize", "(I)I", native_seal_size),
	BELFRY_NATIVE("sealForOneWriter", "(I)I", native_seal_for_one_writer),
	BELFRY_NATIVE("sealAll", "(I)I", native_seal_all),
	BELFRY_NATIVE("map", "(IJZ)J", native_map),
	BELFRY_NATIVE("mapRing", "(IJJZ)J", native_map_ring),
	BELFRY_NATIVE("blank", "(JJ)J", native_blank),
	BELFRY_NATIVE("unmap", "(JJ)I", native_unmap),
	BELFRY_NATIVE("sync", "(JJ)I", native_sync),
	BELFRY_NATIVE("directBuffer", "(JI)Ljava/nio/ByteBuffer;", native_direct_buffer),
	BELFRY_NATIVE("pageSize", "()I", native_page_size),
};

const struct belfry_native_table belfry_memory_natives = BELFRY_TABLE(methods);
