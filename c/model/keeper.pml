/*
 * The keeper (internal/process/Keeper.java, c/keeper): programs that are started by threads of a VM which may be killed
 * at any step, under a keeper that may be killed KILLS times and is closed once when nothing runs.
 *
 * After the VM's death no program may go on: else `judge` never comes to its end. If a keeper was killed, the VM's death
 * comes when all that run are registered with a living one; that this comes is shown by the same.
 *
 * LASTING: no program ends by itself. Forms that have to fail:
 *   WITHOUT_LOOK           a start that returns doesn't look whether its keeper is still the current one
 *   LOOKED_BEFORE_LISTED   it looks, and lists its child in a later step
 *   CURRENT_AFTER_TAKEN    a replacement takes the list before it is the current keeper
 *   REPLACED_ONCE          a replacement isn't asked for by a start that finds its keeper ended
 *   WITHOUT_USERS          the descriptor of a keeper is closed while a start has its number
 *   WITHOUT_HOLD           the keeper is closed while a start is under way
 *   LET_IN_AT_END          the keeper of a dead VM ends when nothing is to be read, without refusing more before
 *   SELF_END               a keeper ends, once, when all that it knows have ended
 */
#ifndef PROGRAMS
#define PROGRAMS 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef CLOSES
#define CLOSES 1
#endif
/* 0 for none, the first, one after each kill, one after the close, one after it has ended by itself. */
#define KEEPERS (KILLS + 4)

mtype = {none, cloned, runs, refused, ended};
mtype state[PROGRAMS];

#define slot(g, w) ((g) * PROGRAMS + (w))
bool registered[KEEPERS * PROGRAMS]; /* lies in the keeper's socket, or the keeper has read it: no difference */
bool alive[KEEPERS], shut[KEEPERS];

/* In the VM, and gone with it. */
bool vm = true;
bool open[KEEPERS], seen_ended[KEEPERS];
bool listed[PROGRAMS];
byte users[KEEPERS];
byte current, made, holds;
bool starting, replacing, closed_once, self_ended;
byte kills;

#define any(array, from) (array[from] || array[(from) + PROGRAMS - 1]) /* of one or two */
#ifdef WITHOUT_HOLD
#define no_start_is_under_way true
#else
#define no_start_is_under_way (holds == 0)
#endif
#ifdef SELF_END
#define may_end(g) (!self_ended && any(registered, slot(g, 0)))
#else
#define may_end(g) (!open[g])
#endif

#define current_lives (current != 0 && !seen_ended[current])

/* sendmsg, by a child or by the VM: EPIPE where the keeper has ended or refuses. */
inline send(g, w, ok)
{
	ok = alive[g] && !shut[g];
	if
	:: ok -> registered[slot(g, w)] = true
	:: else
	fi
}

/* close_descriptors: once nothing uses them */
inline leave(g)
{
	users[g]--;
	if
	:: users[g] == 0 && g != current && seen_ended[g] -> open[g] = false
	:: else
	fi
}

inline replace_ended()
{
	if
	:: any(listed, 0) && !replacing -> replacing = true; run replacer()
	:: else
	fi
}

/* Under the lock STARTING: mine is the current keeper, a new one if need be. Jumps to `over` when the VM is killed. */
inline enter_new(mine)
{
	atomic {
		if
		:: !vm -> goto over
		:: vm && !starting -> starting = true
		fi
	}
	atomic {
		if
		:: !vm -> goto over
		:: vm && current_lives -> mine = current; users[mine]++; starting = false; fresh = false
		:: vm && !current_lives ->
			fresh = true;
			made++;
			assert(made < KEEPERS);
			alive[made] = true;
			open[made] = true;
			mine = made;
			run keeper(made)
		fi
	}
	if
	:: !fresh
	:: fresh ->
#ifdef CURRENT_AFTER_TAKEN
		atomic { if :: !vm -> goto over :: else fi; take_list(); }
#endif
		atomic {
			if :: !vm -> goto over :: else fi;
			if
			:: current != 0 ->
				seen_ended[current] = true;
#ifdef WITHOUT_USERS
				open[current] = false
#else
				if :: users[current] == 0 -> open[current] = false :: else fi
#endif
			:: else
			fi;
			current = mine;
			users[mine]++;
#ifndef CURRENT_AFTER_TAKEN
			take_list()
#endif
		}
		do
		:: atomic { vm && i < PROGRAMS -> if :: taken[i] && state[i] == runs -> send(mine, i, ok) :: else fi; taken[i] = false; ok = false; i++ }
		:: atomic { vm && i == PROGRAMS -> i = 0; fresh = false; starting = false; break }
		:: !vm -> goto over
		od
	fi
}

inline take_list()
{
	i = 0;
	do
	:: i < PROGRAMS -> taken[i] = listed[i]; i++
	:: else -> break
	od;
	i = 0
}

proctype child(byte w; byte g)
{
	bool ok;

	/* Whether it has come to its execve makes no difference to its end. */
	atomic {
		send(g, w, ok);
		state[w] = (ok -> runs : refused)
	}
	/* by itself, at any time or never */
	if
#ifndef LASTING
	:: atomic { state[w] == runs -> state[w] = ended }
#endif
	:: true
	fi
}

proctype start(byte w)
{
	byte mine, other, i;
	bool ok, fresh, taken[PROGRAMS];

	atomic { if :: !vm -> goto over :: vm -> holds++ fi }
again:
	atomic {
		if
		:: !vm -> goto over
		:: vm && current_lives -> mine = current; users[mine]++
		:: vm && !current_lives -> mine = 0
		fi
	}
	if
	:: mine == 0 -> enter_new(mine)
	:: else
	fi;
	atomic {
		if
		:: !vm -> goto over
		:: vm -> assert(open[mine]); state[w] = cloned; run child(w, mine)
		fi
	}
	/* clone returns after execve */
	atomic {
		if
		:: !vm -> goto over
		:: vm && state[w] == refused ->
			seen_ended[mine] = true;
			replace_ended();
			leave(mine);
			state[w] = none;
			goto again
		:: vm && (state[w] == runs || state[w] == ended)
		fi
	}
#ifdef LOOKED_BEFORE_LISTED
	atomic { if :: !vm -> goto over :: else fi; other = (current_lives -> current : 0) }
	atomic { if :: !vm -> goto over :: else fi; listed[w] = true }
#else
	atomic {
		if :: !vm -> goto over :: else fi;
		listed[w] = true;
		other = (current_lives -> current : 0)
	}
#endif
	atomic {
		if :: !vm -> goto over :: else fi;
		if
#ifndef REPLACED_ONCE
		:: other == 0 -> replace_ended()
#endif
#ifndef WITHOUT_LOOK
		:: other != 0 && other != mine && state[w] == runs -> send(other, w, ok); ok = false
#endif
		:: else
		fi;
		leave(mine);
		mine = 0;
		other = 0
	}
	atomic {
		if
		:: !vm
		:: vm -> holds--
		fi
	}
	/* the reaper */
	atomic {
		if
		:: vm && state[w] == ended -> listed[w] = false
		:: !vm
		fi
	}
over:
	skip
}

proctype replacer()
{
	byte mine, i;
	bool ok, fresh, taken[PROGRAMS];

	do
	:: atomic {
		if :: !vm -> goto over :: else fi;
		if
		:: !any(listed, 0) || current_lives -> replacing = false; break
		:: else -> mine = 0
		fi
	   }
	   enter_new(mine);
	   atomic { if :: !vm -> goto over :: else fi; leave(mine) }
	od;
over:
	skip
}

/* The reaper's thread: it sees keepers end, and closes one that isn't needed. */
active proctype reaper()
{
end:
	do
	:: !vm -> break
	:: atomic {
		vm && current_lives && !alive[current] ->
		seen_ended[current] = true;
		replace_ended()
	   }
	:: atomic {
		vm && CLOSES && !closed_once && current_lives && !replacing && !starting && no_start_is_under_way && !any(listed, 0) ->
		closed_once = true;
		seen_ended[current] = true;
		open[current] = false;
		current = 0
	   }
	od
}

#define is_left(g, w) (registered[slot(g, w)] && state[w] != ended)

inline forget_all(g)
{
	registered[slot(g, 0)] = false;
	registered[slot(g, PROGRAMS - 1)] = false
}

inline kill_all(g)
{
	if :: registered[slot(g, 0)] -> state[0] = ended :: else fi;
	if :: registered[slot(g, PROGRAMS - 1)] -> state[PROGRAMS - 1] = ended :: else fi;
	forget_all(g)
}

proctype keeper(byte g)
{
end:
	do
	:: !alive[g] -> break
	:: alive[g] && vm && may_end(g) && !is_left(g, 0) && !is_left(g, PROGRAMS - 1) ->
		/* exit(2) is a step of its own */
		atomic { if :: alive[g] -> forget_all(g); alive[g] = false; self_ended = true :: else fi; break }
	:: atomic {
		alive[g] && !vm ->
#ifndef LET_IN_AT_END
		shut[g] = true;
#endif
		kill_all(g)
	   }
	   atomic {
#ifndef LET_IN_AT_END
		kill_all(g);
#endif
		forget_all(g);
		alive[g] = false;
		break
	   }
	od
}

#define covered(w) (state[w] != runs || (alive[current] && registered[slot(current, w)]))

/* What is gone with the VM makes no difference any more. */
inline kill_vm()
{
	vm = false;
	w = 0;
	do
	:: w < KEEPERS -> open[w] = false; seen_ended[w] = false; users[w] = 0; w++
	:: else -> break
	od;
	w = 0;
	listed[0] = false;
	listed[PROGRAMS - 1] = false;
	current = 0;
	made = 0;
	holds = 0;
	starting = false;
	replacing = false;
	closed_once = false;
	kills = 0
}

active proctype killer()
{
	byte w;

	do
	:: atomic { vm && kills < KILLS && alive[current] -> kills++; forget_all(current); alive[current] = false }
	:: break
	od;
	if
	:: atomic { kills == 0 -> kill_vm() }
	:: atomic { kills != 0 && covered(0) && covered(PROGRAMS - 1) -> kill_vm() }
	fi
}

#define is_over(w) (state[w] != cloned && state[w] != runs)

active proctype judge()
{
	!vm && is_over(0) && is_over(PROGRAMS - 1)
}

init {
	atomic {
		run start(0);
#if PROGRAMS > 1
		run start(1)
#endif
	}
}
