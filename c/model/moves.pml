/*
 * Requests on their way between two workers, with a death at any step: each is somewhere, in no two places at once, and
 * found by the thread that cancels it. As it is in Mover, Backlog, Request, ReplyFuture, Deadlines and Recovery;
 * moves_test.cmake runs it. What one worker and one withdrawal do to each other, with the fences between them, is in
 * withdrawal.pml: here a store is seen at once, and sleepers wake by themselves.
 *
 *	submitter -> ring of ROOM records -> worker        one of each for two slots
 *	mover: from one ring into the other                feeder: from the heap into any ring
 *	consumer: takes a slot's replies, gives back to the heap what was skipped, and begins the next incarnation
 *	canceller: by the future                           expirer: by the queue, when a deadline is over
 *
 * A form is one record of a request; moving makes another. Each #ifdef breaks one thing that is needed, and SPIN has to
 * notice.
 */
#ifndef N
#define N 2
#endif
#ifndef MOVES
#define MOVES 2
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef CANCELS
#define CANCELS 1
#endif
#ifndef EXPIRES
#define EXPIRES 0
#endif
#ifndef ROOM
#define ROOM 2
#endif
#define FORMS (N + 2 * MOVES)
#define POSITIONS (FORMS + 1)
#define HEAP 2

#define FREE 0
#define LIVE 1
#define PINNED 2
#define SETTLED 3
#define TAKEN_BACK 4

/* ---- forms */
byte forms, in_heap;
byte state[FORMS + 1];
byte whose[FORMS + 1];         /* its request */
byte place[FORMS + 1];      /* its slot, or HEAP */
byte end[FORMS + 1];        /* its position in the ring, from 1 */
byte moves[FORMS + 1];
byte blames[FORMS + 1];
byte told[FORMS + 1];       /* what its record says: 1 skip it, 3 and it is given up */
/* ---- requests */
bool done[N + 1];
byte known[N + 1];          /* the form that the future knows; 0: it is with its submitter */
/* ---- slots */
bool reserved[2];
byte queue[2 * POSITIONS];
byte tail[2], freed[2];
byte record[2 * ROOM];
bool word[2 * ROOM];
byte in_hand[2], replied[2], resume[2];
bool skipped[2 * POSITIONS];
bool has_memory[2] = true, cloned[2] = true, ended[2];
/* ---- for assertions only */
byte crashes_left = CRASHES;
byte runs[N + 1], deaths_of[N + 1];
bool runs_now[N + 1];
bool dead[FORMS + 1];      /* taken back for certain */
bool gone[N + 1];           /* the same with the request itself */
byte busy = 2 + (CANCELS > 0) + (EXPIRES > 0);

#define cell(w, position) ((w) * ROOM + ((position) - 1) % ROOM)
#define at(w, position) ((w) * POSITIONS + (position))
#define is_published(f) (place[f] == HEAP || end[f] <= tail[place[f]])
#define is_movable(f) (told[f] < 2 && !done[whose[f]])
#define oldest(w) queue[at(w, freed[w] + 1)]

inline reserve(w)
{
	atomic { !reserved[w] && tail[w] - freed[w] < ROOM -> reserved[w] = true }
}

/* RequestQueue.add: from now on threads that walk the queue find it. */
inline add(w, f)
{
	d_step {
		place[f] = w;
		end[f] = tail[w] + 1;
		queue[at(w, end[f])] = f;
		state[f] = LIVE
	}
}

inline publish(w, f)
{
	d_step {
		record[cell(w, end[f])] = f;
		word[cell(w, end[f])] = false;
		tail[w] = end[f];
		reserved[w] = false
	}
}

/* ReplyFuture.isFor */
inline tell_future(earlier, later)
{
	d_step {
		if
#ifdef BY_COMPARISON
		:: known[whose[later]] == earlier -> known[whose[later]] = later
#else
		:: known[whose[later]] == 0 || moves[known[whose[later]]] < moves[later] -> known[whose[later]] = later
#endif
		:: else
		fi
	}
}

inline copy(f, g)
{
	d_step {
		forms++;
		g = forms;
		whose[g] = whose[f];
		moves[g] = moves[f] + 1;
#ifndef WITHOUT_HISTORY
		blames[g] = blames[f];
#endif
		assert(blames[g] == deaths_of[whose[g]])
	}
}

/* Whether this thread has it pinned now; waits while another one has. */
inline pin(f, mine)
{
	atomic {
		state[f] != PINNED;
		mine = (state[f] == LIVE);
		if
#ifndef WITHOUT_PIN
		:: mine -> state[f] = PINNED
#endif
		:: else
		fi
	}
}

/* Slot.tell */
inline tell(f, bits, certain)
{
	d_step { word[cell(place[f], end[f])] = true; told[f] = told[f] | bits };
	d_step {
		certain = !has_memory[place[f]] || in_hand[place[f]] < end[f];
		dead[f] = certain
	}
}

#include "moves_slots.pml"
#include "moves_pool.pml"

active proctype judge()
{
	byte i = 1;
	/* reached in any case, or this is an invalid end state */
	atomic {
		busy == 0 && tail[0] == freed[0] && tail[1] == freed[1] && !reserved[0] && !reserved[1] && done[1] && done[N];
		do
		:: i <= forms -> assert(state[i] >= SETTLED || done[whose[i]]); i++
		:: else -> break
		od;
		i = 1;
		do
		:: i <= N -> assert(runs[i] <= 1 + deaths_of[i]); i++
		:: else -> break
		od
	}
}
