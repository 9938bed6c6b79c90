/* The reply to the request in hand. Only the worker's own thread calls these. */
#ifndef BELFRY_REPLY_H
#define BELFRY_REPLY_H

#include <belfry/layout.h>

struct belfry_worker;

/* Takes a request in hand: until it is finished belfry_reply and its like may be called. */
void belfry_reply_begin(struct belfry_worker *worker);

/*
 * Publishes the one reply to `request`, with what was fixed or nothing, and rings. Blocks while the
 * ring is full. 0, or -EPROTO when the master's cursor is nonsense.
 */
int belfry_reply_finish(struct belfry_worker *worker, const struct belfry_record *request,
			uint32_t code);

/* The same for a request that was withdrawn, so that process() was not called. */
int belfry_reply_skip(struct belfry_worker *worker, const struct belfry_record *request);

#endif
