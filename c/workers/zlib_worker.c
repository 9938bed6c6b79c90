/*
 * Compresses and decompresses with zlib, straight from the request into the reply.
 *
 *	request type	its bytes		the reply
 *	1 compress	anything		a zlib stream (RFC 1950), level 6
 *	2 decompress	one zlib stream		what it holds
 *
 *	fault code
 *	EOPNOTSUPP	the type is neither of these
 *	EBADMSG		not one whole zlib stream
 *	EMSGSIZE	what comes out is larger than a reply can be
 *	ENOMEM		zlib had no memory
 *
 * A fault's detail is a line of text that says what was wrong.
 *
 * A stream doesn't say how long its content is, and a claim of the largest reply would wait until
 * the master has taken every earlier reply. So the worker guesses the room, and doubles it when
 * that was too small.
 */
#define ZLIB_CONST /* next_in is const: the request is read-only */

#include <belfry/worker.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { COMPRESS = 1, DECOMPRESS = 2 };
enum { LEVEL = 6, USUAL_RATIO = 4, LEAST_ROOM = 4096 };

/* Allocated once and reset for each request. */
struct streams {
	z_stream deflate;
	z_stream inflate;
};

__attribute__((format(printf, 3, 4))) static int fault(struct belfry_worker *worker, int code,
						       const char *format, ...)
{
	char detail[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(detail, sizeof detail, format, arguments);
	va_end(arguments);
	belfry_reply(worker, detail, strlen(detail));
	return code;
}

/* Claims room in the reply for `size` bytes, at most the largest reply, and returns it. */
static size_t claim(struct belfry_worker *worker, z_stream *stream, size_t size)
{
	const size_t most = belfry_reply_max(worker);
	const size_t room = size < most ? size : most;

	stream->next_out = belfry_reply_claim(worker, room);
	stream->avail_out = stream->next_out != NULL ? (uInt)room : 0;
	return stream->avail_out;
}

static void give(z_stream *stream, const struct belfry_request *request)
{
	stream->next_in = request->data;
	stream->avail_in = (uInt)request->size;
}

static int compress_request(struct belfry_worker *worker, z_stream *stream,
			    const struct belfry_request *request)
{
	size_t room;

	deflateReset(stream);
	give(stream, request);
	room = claim(worker, stream, deflateBound(stream, (uLong)request->size));
	if (deflate(stream, Z_FINISH) != Z_STREAM_END)
		return fault(worker, EMSGSIZE,
			     "%zu bytes compress to more than the %zu of a reply", request->size,
			     room);
	return -belfry_reply_commit(worker, stream->total_out);
}

/* Replies with inflate's result, unless that was "more room". */
static int decompressed(struct belfry_worker *worker, const z_stream *stream, int result)
{
	if (result == Z_STREAM_END && stream->avail_in > 0)
		return fault(worker, EBADMSG, "%u bytes after the end of the zlib stream",
			     stream->avail_in);
	if (result == Z_STREAM_END)
		return -belfry_reply_commit(worker, stream->total_out);
	if (result == Z_BUF_ERROR)
		return fault(worker, EBADMSG, "the zlib stream isn't at its end after %lu bytes",
			     stream->total_in);
	if (result == Z_NEED_DICT)
		return fault(worker, EBADMSG, "the zlib stream needs a dictionary");
	if (result == Z_DATA_ERROR)
		return fault(worker, EBADMSG, "not a zlib stream: %s", stream->msg);
	return fault(worker, ENOMEM, "inflate: %s", zError(result));
}

static int decompress_request(struct belfry_worker *worker, z_stream *stream,
			      const struct belfry_request *request)
{
	size_t room = claim(worker, stream, request->size * USUAL_RATIO + LEAST_ROOM);
	int result;

	inflateReset(stream);
	give(stream, request);
	while ((result = inflate(stream, Z_FINISH)) == Z_BUF_ERROR && stream->avail_out == 0) {
		const size_t last_room = room;

		room = claim(worker, stream, 2 * room);
		if (room <= last_room)
			return fault(worker, EMSGSIZE,
				     "decompresses to more than the %zu bytes of a reply",
				     last_room);
		/* The same memory, with its content. */
		stream->next_out += last_room;
		stream->avail_out -= (uInt)last_room;
	}
	return decompressed(worker, stream, result);
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	struct streams *streams = state;

	switch (request->type) {
	case COMPRESS:
		return compress_request(worker, &streams->deflate, request);
	case DECOMPRESS:
		return decompress_request(worker, &streams->inflate, request);
	default:
		return fault(worker, EOPNOTSUPP, "request type %u is neither 1 nor 2",
			     request->type);
	}
}

static int init(struct belfry_worker *worker, void **state)
{
	struct streams *streams = calloc(1, sizeof *streams);

	(void)worker;
	if (streams == NULL || deflateInit(&streams->deflate, LEVEL) != Z_OK ||
	    inflateInit(&streams->inflate) != Z_OK) {
		fprintf(stderr, "zlib: no memory\n");
		return 1;
	}
	*state = streams;
	return 0;
}

static void fini(struct belfry_worker *worker, void *state)
{
	struct streams *streams = state;

	(void)worker;
	deflateEnd(&streams->deflate);
	inflateEnd(&streams->inflate);
	free(streams);
}

int main(void)
{
	static const struct belfry_module module =
		BELFRY_MODULE(.init = init, .process = process, .fini = fini);

	return belfry_worker_run(&module);
}
