/* The worker zlib, from the master's side. The constants repeat those of zlib_worker.c. */
#include "check.h"
#include "master.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { COMPRESS = 1, DECOMPRESS = 2 };
enum { RING_BYTES = 128 << 10, MOST = RING_BYTES - BELFRY_RING_RESERVE };

static struct master master;

/* The last reply. */
static unsigned char got[MOST + 1];
static uLongf got_size;

/* Sends a request and waits for its reply; returns the code. */
static uint32_t ask(uint32_t type, const void *data, size_t size)
{
	struct reply reply;

	CHECK(master_offer(&master, type, 1, data, size) == 0);
	reply = master_receive(&master);
	CHECK(reply.record.size <= MOST);
	got_size = reply.record.size;
	memcpy(got, reply.data, got_size);
	got[got_size] = '\0';
	master_release(&master, &reply);
	return reply.record.code;
}

static void expect_fault(uint32_t code, const char *detail)
{
	if (strstr((char *)got, detail) == NULL) {
		fprintf(stderr, "not '%s' but '%s'\n", detail, (char *)got);
		exit(1);
	}
	/* The next request succeeds. */
	CHECK(code != 0 && ask(COMPRESS, "a", 1) == 0 && ask(DECOMPRESS, got, got_size) == 0);
	CHECK(got_size == 1 && got[0] == 'a');
}

/* zlib's own compression of `size` zeroes. */
static uLongf zeroes_compressed(uLong size, unsigned char *into, uLongf room)
{
	unsigned char *zeroes = calloc(1, size);

	CHECK(zeroes != NULL && compress(into, &room, zeroes, size) == Z_OK);
	free(zeroes);
	return room;
}

/* The generator of the C standard's example. */
static void fill_with_noise(unsigned char *bytes, size_t size)
{
	uint32_t number = 1;

	for (size_t i = 0; i < size; i++) {
		number = number * 1103515245 + 12345;
		bytes[i] = (unsigned char)(number >> 16);
	}
}

static void what_it_compresses_zlib_decompresses(void)
{
	static const char text[] = "hello hello hello hello hello hello hello hello";
	char back[sizeof text];
	uLongf size = sizeof back;

	CHECK(ask(COMPRESS, text, sizeof text) == 0);
	CHECK(got_size < sizeof text);
	CHECK(uncompress((Bytef *)back, &size, got, got_size) == Z_OK);
	CHECK(size == sizeof text && memcmp(back, text, size) == 0);
}

static void what_it_compresses_it_decompresses(void)
{
	static const size_t sizes[] = {0, 1, 4096, 50000, MOST / 2, MOST - 100};
	static unsigned char noise[MOST], stream[MOST];

	fill_with_noise(noise, sizeof noise);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uLongf stream_size;

		CHECK(ask(COMPRESS, noise, sizes[i]) == 0);
		stream_size = got_size;
		memcpy(stream, got, stream_size);
		CHECK(ask(DECOMPRESS, stream, stream_size) == 0);
		CHECK(got_size == sizes[i] && memcmp(got, noise, got_size) == 0);
	}
}

static void a_result_may_be_as_large_as_a_reply(void)
{
	unsigned char stream[1000];

	CHECK(ask(DECOMPRESS, stream, zeroes_compressed(MOST, stream, sizeof stream)) == 0);
	CHECK(got_size == MOST && got[0] == 0 && memcmp(got, got + 1, MOST - 1) == 0);
}

static void a_larger_result_is_a_fault(void)
{
	unsigned char stream[1000];
	static unsigned char noise[MOST];
	uint32_t code;

	code = ask(DECOMPRESS, stream, zeroes_compressed(MOST + 1, stream, sizeof stream));
	CHECK(code == EMSGSIZE);
	expect_fault(code, "decompresses to more than the 131008 bytes");
	fill_with_noise(noise, sizeof noise);
	code = ask(COMPRESS, noise, sizeof noise);
	CHECK(code == EMSGSIZE);
	expect_fault(code, "131008 bytes compress to more than the 131008");
}

static void expect_corrupt(const void *stream, size_t size, const char *detail)
{
	const uint32_t code = ask(DECOMPRESS, stream, size);

	CHECK(code == EBADMSG);
	expect_fault(code, detail);
}

static void what_is_no_zlib_stream_is_a_fault(void)
{
	unsigned char stream[1000] = {0};
	const uLongf size = zeroes_compressed(10000, stream, sizeof stream);

	expect_corrupt("", 0, "isn't at its end after 0 bytes");
	expect_corrupt("garbage", 7, "incorrect header check");
	expect_corrupt(stream, size - 1, "isn't at its end");
	expect_corrupt(stream, size + 2, "2 bytes after the end");
	stream[size - 1] ^= 1;
	expect_corrupt(stream, size, "incorrect data check");
}

static void another_type_is_a_fault(void)
{
	const uint32_t code = ask(3, "x", 1);

	CHECK(code == EOPNOTSUPP);
	expect_fault(code, "request type 3");
}

int main(int argc, char **argv)
{
	char *command[] = {argv[argc - 1], NULL};

	CHECK(argc == 2);
	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_start(&master, command);
	master_await_state(&master, BELFRY_READY);
	RUN(what_it_compresses_zlib_decompresses);
	RUN(what_it_compresses_it_decompresses);
	RUN(a_result_may_be_as_large_as_a_reply);
	RUN(a_larger_result_is_a_fault);
	RUN(what_is_no_zlib_stream_is_a_fault);
	RUN(another_type_is_a_fault);
	master_stop(&master);
	return 0;
}
