/* SPDX-License-Identifier: ISC */
/*
 * The exchange of docs/protocol.md, sections 3 and 4, between NODES nodes and one master, for spin.
 *
 * A program is a process whose place is a variable (writer[], slot[].sends, slot[].takes), because a crash is
 * done to it from outside. What it does between two places is one step; whatever can happen to it happens there. A
 * position in a log has two values: what programs see (next), and what a power cut surely leaves (disk_next).
 * Each record has a segment of its own, and every frame holds one record. Proofs and seals are taken as
 * good: what is between the two ends can lose or cut everything, and write an END, which is not sealed, itself.
 *
 * Faults are bounded by how many of each (see tests/model/run), and by PUTS and SESSIONS; all else is free. At any
 * moment `calm` can begin: no more faults and puts, what runs goes on to its end, and ROUNDS more sessions of each
 * node follow. Then the judge looks. So it is from every reachable state that all must arrive without a step by hand.
 *
 * MUTANT, one of the names below, breaks the exchange in one place.
 */

#ifndef NODES
#define NODES 1
#endif
#ifndef PUTS
#define PUTS 2 /* of each node */
#endif
#ifndef SESSIONS
#define SESSIONS 2 /* in all, before the calm */
#endif
#ifndef KILLS
#define KILLS 1 /* kill -9 of one program */
#endif
#ifndef POWERS
#define POWERS 1 /* power cuts of a node or of the master */
#endif
#ifndef CUTS
#define CUTS 1 /* a connection ends, and what was on its way is lost */
#endif
#ifndef DROPS
#define DROPS 0 /* a line or frame that silently vanishes */
#endif
#ifndef LIES
#define LIES 0 /* an END that the node did not write */
#endif
#ifndef TAILS
#define TAILS 0 /* with a power cut of a node: its last records are gone although they were durable */
#endif
#ifndef WINDOW
#define WINDOW 2 /* lines and frames on their way, each way */
#endif

#define NO_MUTANT 0
#define PUT_EARLY 1      /* a put is acknowledged before its sync */
#define POSITION_EARLY 2 /* the node opens its log to send without a sync */
#define FROM_EARLY 3     /* the master names a position that is not durable */
#define ACK_EARLY 4      /* the master acknowledges what it has not synced */
#define ANY_ACK 5        /* an ACK is all: what was on its way counts as acknowledged */
#define END_BELIEVED 6   /* the master takes any END beyond its own end */
#define NO_SEAL_COUNT 7  /* frames do not bear their number in the session */
#define NO_LOCKS 8       /* any number of sessions of a node at once, on both sides */
#define FORK_BY_NODE 9   /* FROM is held against the NODE line, which another session may have outrun */
#define NO_CHECK 10      /* the digest of the record before is not compared */
#define NO_RENEWAL 11    /* acknowledged beyond the end: nobody notices */
#define STALE_ACKED 12   /* a renewal leaves the acknowledged number beyond the end */
#ifndef MUTANT
#define MUTANT NO_MUTANT
#endif

#ifndef WAYS
#define WAYS 2 /* sessions at once of a node: pull and push are the same exchange, so either may be either */
#endif
#define SLOTS (NODES * WAYS)
#define NUMBERS (PUTS + 2) /* sequence numbers are 1 to PUTS */
#if TAILS
#define IDS 2 /* a log is renewed once */
#else
#define IDS 1
#endif
#define ROUNDS (TAILS + 1) /* a fork takes one session to be found */

mtype = { NODE, FROM, DATA, END, ACK };

/* Places of a writer (W_), a renewal (N_), a sender (S_) and a receiver (R_). */
mtype = { OFF, W_OPEN, W_WRITTEN, W_DURABLE, N_VISIBLE, N_DURABLE };
mtype = { S_NAMED, S_SENDS, S_ENDED, S_CLOSES, S_FORKED, S_RENEWS };
mtype = { R_WAITS, R_TAKES, R_WRITTEN, R_DURABLE, R_DRAINS };

typedef spool_t {
	byte id, base, next;
	byte disk_id, disk_base, disk_next;
	byte named; /* the last id that a NODE line bore */
	byte record[NUMBERS]; /* by number; 1 is the first record that was ever made here */
	byte gone;	      /* bits by number: trimmed */
	byte acked;	      /* the file: what is read */
	bit mended;	      /* STALE_ACKED: one opening goes on after its renewal */
	bit locked;	      /* the log's lock, where it is held for longer than one step */
	mtype renews = OFF;   /* an opening that found `acked` beyond `next` */
	bit session;	      /* the session lock */
	/* The oracle's journals. */
	byte made;
	byte stored;  /* bits by record: its put returned 0 */
	byte excused; /* bits by record: a lost tail took it before the master had it */
};

typedef archive_t {
	byte record[NUMBERS]; /* by number; 0: a gap */
	byte next, disk_next; /* 0: there is none */
};

typedef slot_t {
	mtype sends = OFF, takes = OFF;
	byte id, base, first, next; /* the NODE line */
	byte at, sent, end, acked;  /* the sender's */
	byte from, taken;	    /* FROM; the receiver's count */
};

spool_t spool[NODES];
archive_t archive[NODES * IDS];
slot_t slot[SLOTS];
mtype writer[NODES] = OFF;
bit busy[NODES]; /* the master's session locks */
chan up[SLOTS] = [WINDOW] of { mtype, byte, byte, byte };
chan down[SLOTS] = [WINDOW] of { mtype, byte, byte };

byte sessions = SESSIONS, kills = KILLS, powers = POWERS, cuts = CUTS, drops = DROPS, lies = LIES, tails = TAILS;
byte rounds[NODES];
bit calm, silent; /* silent: something vanished, so somebody may wait for nothing until the deadline */

hidden byte i, j, x, y, z;

#define N ((k) / WAYS) /* the node of slot k */
#define BIT(n) (1 << (n))
#define STORE(n, d) archive[(n) * IDS + (d)]
#define HELD(n, s) ((s) >= 1 && (s) < spool[n].next && !(spool[n].gone & BIT(s)))
/* A lock that is free, and nothing that an opening would have to mend first. */
#define CAN_OPEN(n) (!spool[n].locked && \
	(MUTANT == NO_RENEWAL || spool[n].mended || spool[n].acked <= spool[n].next))
#define IDLE(k) (slot[k].sends == OFF && slot[k].takes == OFF)
#define NODE_IDLE(n) (IDLE((n) * WAYS) && IDLE((n) * WAYS + WAYS - 1))
#define WAITING (!NODE_IDLE(0) || !NODE_IDLE(NODES - 1))
#define ALL_IDLE(n) (NODE_IDLE(n) && writer[n] == OFF && CAN_OPEN(n) && !spool[n].locked)

inline spool_sync(n)
{
	spool[n].mended = 0;
	spool[n].disk_next = spool[n].next;
	spool[n].disk_id = spool[n].id;
	spool[n].disk_base = spool[n].base;
}

inline position_sync(n)
{
	if
	:: MUTANT != POSITION_EARLY -> spool_sync(n)
	:: else
	fi
}

/* A new id, visible but not yet durable. */
inline renew(n)
{
	assert(tails < TAILS); /* nothing but a lost tail ever makes one necessary */
	if
	:: spool[n].id == spool[n].named -> spool[n].id++
	:: else /* begun before, and nobody was told of it */
	fi;
	assert(spool[n].id < IDS);
	if
	:: spool[n].acked == 0 ->
		for (i : 1 .. NUMBERS - 1) {
			if
			:: HELD(n, i) || i == spool[n].next -> break
			:: else
			fi
		}
		spool[n].base = i
	:: else -> spool[n].base = (spool[n].acked < spool[n].next -> spool[n].acked : spool[n].next)
	fi;
	spool[n].locked = 1;
	spool[n].renews = N_VISIBLE
}

inline renew_dies(n)
{
	if
	:: spool[n].renews != OFF ->
		spool[n].renews = OFF;
		spool[n].locked = 0
	:: else
	fi
}

inline sender_off(k)
{
	slot[k].sends = OFF;
	slot[k].at = 0;
	slot[k].sent = 0;
	slot[k].end = 0;
	slot[k].acked = 0;
	slot_off(k)
}

inline receiver_off(k)
{
	slot[k].takes = OFF;
	slot[k].taken = 0;
	slot_off(k)
}

inline slot_off(k)
{
	if
	:: IDLE(k) ->
		slot[k].id = 0;
		slot[k].base = 0;
		slot[k].first = 0;
		slot[k].next = 0;
		slot[k].from = 0;
		flush(k)
	:: else
	fi
}

inline flush(k)
{
	do
	:: up[k]?_, _, _, _
	:: empty(up[k]) -> break
	od;
	do
	:: down[k]?_, _, _
	:: empty(down[k]) -> break
	od;
	skip
}

/* Whatever state it has: the locks that the kernel takes from a dead process go with it. */
inline sender_dies(k)
{
	if
	:: slot[k].sends == S_RENEWS -> renew_dies(N)
	:: else
	fi;
	if
	:: slot[k].sends != OFF && slot[k].sends != S_NAMED -> spool[N].session = 0
	:: else
	fi;
	sender_off(k)
}

inline receiver_dies(k)
{
	if
	:: slot[k].takes != OFF && slot[k].takes != R_WAITS -> busy[N] = 0
	:: else
	fi;
	receiver_off(k)
}

/* The side notices that the connection is gone, or its deadline has come. */
inline sender_ends(k)
{
	if
	:: slot[k].sends == S_NAMED -> sender_off(k)
	:: slot[k].sends == S_SENDS || slot[k].sends == S_ENDED -> slot[k].sends = S_CLOSES
	:: else
	fi
}

inline receiver_ends(k)
{
	if
	:: slot[k].takes == R_WAITS || slot[k].takes == R_TAKES || slot[k].takes == R_DRAINS -> receiver_dies(k)
	:: else
	fi
}

/* What a node frees, the master has, durably. */
inline master_has(n, s)
{
	x = 0;
	for (y : 0 .. IDS - 1) {
		for (z : 1 .. NUMBERS - 1) {
			if
			:: z < STORE(n, y).disk_next && STORE(n, y).record[z] == spool[n].record[s] -> x = 1
			:: else
			fi
		}
	}
	assert(x == 1)
}

/* --- bijk-put --- */

proctype put(byte n)
{
end:	do
	:: d_step {
		!calm && writer[n] == OFF && spool[n].made < PUTS && CAN_OPEN(n) ->
		spool_sync(n);
		spool[n].locked = 1;
		writer[n] = W_OPEN
	}
	:: d_step {
		writer[n] == W_OPEN ->
		spool[n].made++;
		spool[n].record[spool[n].next] = spool[n].made;
		spool[n].gone = spool[n].gone & ~BIT(spool[n].next);
		spool[n].next++;
		if
		:: MUTANT == PUT_EARLY -> spool[n].stored = spool[n].stored | BIT(spool[n].made)
		:: else
		fi;
		writer[n] = W_WRITTEN
	}
	:: d_step {
		writer[n] == W_WRITTEN ->
		spool_sync(n);
		writer[n] = W_DURABLE
	}
	:: d_step {
		writer[n] == W_DURABLE ->
		spool[n].stored = spool[n].stored | BIT(spool[n].made);
		spool[n].locked = 0;
		writer[n] = OFF
	}
	:: d_step { /* any opening that finds a lost tail; also a session's, when a writer's dies or waits */
		!spool[n].locked && !CAN_OPEN(n) ->
		renew(n)
	}
	:: d_step {
		spool[n].renews == N_VISIBLE ->
		spool_sync(n);
		spool[n].renews = N_DURABLE
	}
	:: d_step {
		spool[n].renews == N_DURABLE ->
		if
		:: MUTANT != STALE_ACKED && spool[n].acked > spool[n].base -> spool[n].acked = spool[n].base
		:: else
		fi;
		spool[n].mended = spool[n].acked > spool[n].next;
		renew_dies(n)
	}
	:: d_step {
		!calm && kills > 0 && writer[n] != OFF ->
		kills--;
		writer[n] = OFF;
		spool[n].locked = 0
	}
	:: d_step {
		!calm && kills > 0 && spool[n].renews != OFF ->
		kills--;
		renew_dies(n);
		for (i : n * WAYS .. n * WAYS + WAYS - 1) {
			if
			:: slot[i].sends == S_RENEWS -> sender_dies(i)
			:: else
			fi
		}
		i = 0
	}
	od
}

/* --- bijk-login, bijk-push --- */

proctype sender(byte k)
{
end:	do
	:: d_step { /* the greeting came */
		IDLE(k) && CAN_OPEN(N) &&
		((!calm && sessions > 0) || (calm && k % WAYS == 0 && ALL_IDLE(N) && rounds[N] < ROUNDS)) ->
		if
		:: calm -> rounds[N]++
		:: else -> sessions--
		fi;
		position_sync(N);
		slot[k].id = spool[N].id;
		spool[N].named = spool[N].id;
		slot[k].base = spool[N].base;
		slot[k].next = spool[N].next;
		slot[k].first = spool[N].next;
		for (i : 1 .. NUMBERS - 1) {
			if
			:: i >= spool[N].base && HELD(N, i) && i < slot[k].first -> slot[k].first = i
			:: else
			fi
		}
		slot[k].sends = S_NAMED;
		slot[k].takes = R_WAITS;
		up[k]!NODE, 0, 0, 0
	}
	:: d_step {
		slot[k].sends == S_NAMED && CAN_OPEN(N) && down[k]?[FROM] ->
		down[k]?FROM, x, y;
		if
		:: (MUTANT != NO_LOCKS && spool[N].session) ||
		   spool[N].id != slot[k].id ->
			sender_off(k) /* busy */
		:: else ->
			assert(x >= slot[k].base);
			position_sync(N);
			spool[N].session = 1;
			slot[k].from = x;
			if
			:: x > (MUTANT == FORK_BY_NODE -> slot[k].next : spool[N].next) ||
			   (MUTANT != NO_CHECK && y != 0 && HELD(N, x - 1) && spool[N].record[x - 1] != y) ->
				slot[k].sends = S_FORKED
			:: else ->
				slot[k].at = x;
				slot[k].end = x;
				slot[k].acked = x;
				slot[k].sends = S_SENDS;
				if
				:: x > slot[k].next -> sender_dies(k) /* busy: another session went ahead */
				:: else
				fi
			fi
		fi
	}
	:: d_step {
		slot[k].sends == S_FORKED && CAN_OPEN(N) ->
		renew(N);
		slot[k].sends = S_RENEWS
	}
	:: d_step {
		slot[k].sends == S_RENEWS && spool[N].renews == OFF ->
		sender_dies(k)
	}
	:: d_step {
		slot[k].sends == S_SENDS && nfull(up[k]) && slot[k].at < slot[k].next ->
		if
		:: slot[k].at >= slot[k].first && HELD(N, slot[k].at) ->
			up[k]!DATA, slot[k].at, spool[N].record[slot[k].at], slot[k].sent;
			slot[k].sent++;
			slot[k].end = slot[k].at + 1
		:: else
		fi;
		slot[k].at++
	}
	:: d_step {
		slot[k].sends == S_SENDS && nfull(up[k]) && slot[k].at >= slot[k].next ->
		if
		:: slot[k].sent == 0 && slot[k].first > slot[k].end -> slot[k].end = slot[k].first
		:: else
		fi;
		up[k]!END, slot[k].end, 0, 0;
		slot[k].sends = S_ENDED
	}
	:: d_step {
		(slot[k].sends == S_SENDS || slot[k].sends == S_ENDED) && down[k]?[ACK] ->
		down[k]?ACK, x, _;
		if
		:: x < slot[k].acked || x > slot[k].end -> slot[k].sends = S_CLOSES
		:: else ->
			slot[k].acked = (MUTANT == ANY_ACK -> slot[k].end : x);
			if
			:: slot[k].sends == S_ENDED && slot[k].acked == slot[k].end -> slot[k].sends = S_CLOSES
			:: else
			fi
		fi
	}
	:: atomic { /* now and then, and at the end: keep the number, trim; the newest segment stays, or not if it is empty */
		(slot[k].sends == S_SENDS || slot[k].sends == S_CLOSES) && slot[k].acked > spool[N].acked &&
		!spool[N].locked ->
		spool[N].acked = slot[k].acked;
		if
		:: j = 0
		:: j = 1
		fi;
		d_step {
			for (i : 1 .. NUMBERS - 1) {
				if
				:: HELD(N, i) && i < slot[k].acked && i + j < spool[N].next ->
					spool[N].gone = spool[N].gone | BIT(i);
					master_has(N, i)
				:: else
				fi
			}
			j = 0
		}
	}
	:: d_step {
		slot[k].sends == S_CLOSES && slot[k].acked <= spool[N].acked ->
		sender_dies(k)
	}
	:: d_step { /* the end of the stream, or an ERR */
		slot[k].takes == OFF && empty(down[k]) &&
		(slot[k].sends == S_NAMED || slot[k].sends == S_SENDS || slot[k].sends == S_ENDED) ->
		if
		:: slot[k].sends == S_NAMED -> sender_off(k)
		:: else -> slot[k].sends = S_CLOSES
		fi
	}
	:: d_step {
		!calm && kills > 0 && slot[k].sends != OFF ->
		kills--;
		sender_dies(k)
	}
	od
}

/* --- bijk-pull, bijk-recv --- */

#define ARCHIVE STORE(N, slot[k].id)
#define END_OF_ARCHIVE (ARCHIVE.next == 0 -> slot[k].base : ARCHIVE.next)

/* One more record at the master: of this log none that is older came after it, and of no log twice. */
inline take(k, seq, rec)
{
	for (y : 0 .. IDS - 1) {
		for (z : 1 .. NUMBERS - 1) {
			assert(y != slot[k].id || STORE(N, y).record[z] < rec || z >= seq);
			assert(tails < TAILS || STORE(N, y).record[z] != rec)
		}
	}
	assert(tails < TAILS || seq == END_OF_ARCHIVE); /* no gap */
	ARCHIVE.record[seq] = rec;
	ARCHIVE.disk_next = (ARCHIVE.next == 0 -> seq : ARCHIVE.disk_next); /* the new log's segment */
	ARCHIVE.next = seq + 1
}

proctype receiver(byte k)
{
end:	do
	:: d_step {
		slot[k].takes == R_WAITS && up[k]?[NODE] ->
		up[k]?NODE, _, _, _;
		if
		:: MUTANT != NO_LOCKS && busy[N] -> receiver_off(k)
		:: else ->
			busy[N] = 1;
			if
			:: MUTANT != FROM_EARLY -> ARCHIVE.disk_next = ARCHIVE.next
			:: else
			fi;
			slot[k].from = END_OF_ARCHIVE;
			slot[k].takes = R_TAKES;
			down[k]!FROM, slot[k].from, ARCHIVE.record[slot[k].from - 1]
		fi
	}
	:: d_step {
		slot[k].takes == R_TAKES && up[k]?[DATA] ->
		up[k]?DATA, i, j, x;
		if
		:: (MUTANT != NO_SEAL_COUNT && x != slot[k].taken) || i < END_OF_ARCHIVE || i >= slot[k].next ->
			receiver_dies(k)
		:: else ->
			take(k, i, j);
			slot[k].taken++;
			slot[k].takes = R_WRITTEN
		fi;
		i = 0;
		j = 0
	}
	:: d_step {
		slot[k].takes == R_WRITTEN && (MUTANT != ACK_EARLY || full(down[k]) || slot[k].sends == OFF) ->
		ARCHIVE.disk_next = ARCHIVE.next;
		slot[k].takes = R_DURABLE
	}
	:: d_step {
		MUTANT == ACK_EARLY && slot[k].takes == R_WRITTEN && nfull(down[k]) && slot[k].sends != OFF ->
		down[k]!ACK, ARCHIVE.next, 0;
		slot[k].takes = R_DURABLE
	}
	:: d_step { /* nothing more waits; or 8 MiB have come */
		slot[k].takes == R_DURABLE && nfull(down[k]) && slot[k].sends != OFF ->
		if
		:: MUTANT != ACK_EARLY -> down[k]!ACK, ARCHIVE.next, 0
		:: else -> ARCHIVE.disk_next = ARCHIVE.next
		fi;
		slot[k].takes = R_TAKES
	}
	:: d_step {
		slot[k].takes == R_DURABLE && (nempty(up[k]) || slot[k].sends == OFF) ->
		slot[k].takes = R_TAKES
	}
	:: d_step {
		slot[k].takes == R_TAKES && (nfull(down[k]) || slot[k].sends == OFF) && up[k]?[END] ->
		up[k]?END, i, _, _;
		x = END_OF_ARCHIVE;
		j = (slot[k].taken == 0 && slot[k].first > x -> slot[k].first : x);
		if
		:: (MUTANT != END_BELIEVED && i != j) || i < x -> receiver_dies(k)
		:: else ->
			if
			:: i > x ->
				assert(tails < TAILS); /* a gap */
				ARCHIVE.next = i;
				ARCHIVE.disk_next = i
			:: else
			fi;
			if
			:: slot[k].sends != OFF -> down[k]!ACK, i, 0
			:: else /* it has died, perhaps after an ACK that said as much */
			fi;
			slot[k].takes = R_DRAINS
		fi;
		i = 0;
		j = 0
	}
	:: d_step { /* the node closes first */
		slot[k].takes == R_DRAINS && slot[k].sends == OFF ->
		receiver_dies(k)
	}
	:: d_step { /* the end of the stream, or an ERR; a frame on its way is waited for in vain */
		slot[k].sends == OFF && (slot[k].takes == R_WAITS || slot[k].takes == R_TAKES) && empty(up[k]) ->
		receiver_dies(k)
	}
	:: d_step { /* it reads and discards */
		slot[k].takes == R_DRAINS && nempty(up[k]) ->
		up[k]?_, _, _, _
	}
	:: d_step {
		!calm && kills > 0 && slot[k].takes != OFF ->
		kills--;
		receiver_dies(k)
	}
	od
}

/* --- What goes wrong --- */

inline archive_power(a)
{
	if
	:: archive[a].next > archive[a].disk_next ->
		if
		:: archive[a].disk_next = archive[a].next /* it was written after all */
		:: d_step {
			for (i : 1 .. NUMBERS - 1) {
				if
				:: i >= archive[a].disk_next -> archive[a].record[i] = 0
				:: else
				fi
			}
			archive[a].next = archive[a].disk_next
		}
		fi
	:: else
	fi
}

inline spool_forget(n, from)
{
	for (i : 1 .. NUMBERS - 1) {
		if
		:: i >= from ->
			spool[n].record[i] = 0;
			spool[n].gone = spool[n].gone & ~BIT(i)
		:: else
		fi
	}
	spool[n].next = from
}

inline spool_power(n)
{
	if
	:: spool[n].id != spool[n].disk_id ->
		if
		:: spool[n].disk_id = spool[n].id; spool[n].disk_base = spool[n].base
		:: spool[n].id = spool[n].disk_id; spool[n].base = spool[n].disk_base
		fi
	:: else
	fi;
	if
	:: spool[n].next > spool[n].disk_next ->
		if
		:: spool[n].disk_next = spool[n].next
		:: d_step { spool_forget(n, spool[n].disk_next) }
		fi
	:: else
	fi;
	/* Neither the number nor an unlink is synced. */
	if
	:: spool[n].gone != 0 -> spool[n].gone = 0
	:: true
	fi;
	if
	:: true
	:: spool[n].acked > 0 -> spool[n].acked = 0
	:: spool[n].acked > 2 -> spool[n].acked = 2
	fi;
	if
	:: true
	:: tails > 0 && spool[n].next > 1 ->
		tails--;
		/* One record, or all. */
		if
		:: j = spool[n].next - 1
		:: spool[n].next > 2 -> j = 1
		fi;
		d_step {
			for (i : j .. NUMBERS - 1) {
				excuse(n, i)
			}
			spool_forget(n, j);
			spool[n].disk_next = j;
			spool[n].base = (spool[n].base < j -> spool[n].base : j);
			spool[n].disk_base = spool[n].base;
			j = 0
		}
	fi
}

inline excuse(n, s)
{
	x = 0;
	for (y : 0 .. IDS - 1) {
		for (z : 1 .. NUMBERS - 1) {
			if
			:: z < STORE(n, y).disk_next && STORE(n, y).record[z] == spool[n].record[s] -> x = 1
			:: else
			fi
		}
	}
	if
	:: x == 0 && spool[n].record[s] != 0 -> spool[n].excused = spool[n].excused | BIT(spool[n].record[s])
	:: else
	fi
}

/* --- What is between them --- */

proctype connection(byte k)
{
	byte lie;

end:	do
	:: d_step { /* cut; the node sees it first, the master when it likes */
		!calm && cuts > 0 && (slot[k].sends == S_NAMED || slot[k].sends == S_SENDS || slot[k].sends == S_ENDED) ->
		cuts--;
		sender_ends(k);
		flush(k)
	}
	:: d_step {
		!calm && cuts > 0 && (slot[k].takes == R_WAITS || slot[k].takes == R_TAKES || slot[k].takes == R_DRAINS) ->
		cuts--;
		receiver_ends(k);
		flush(k)
	}
	:: d_step {
		!calm && drops > 0 && nempty(up[k]) ->
		drops--;
		silent = 1;
		up[k]?_, _, _, _
	}
	:: d_step {
		!calm && drops > 0 && nempty(down[k]) ->
		drops--;
		silent = 1;
		down[k]?_, _, _
	}
	:: atomic {
		!calm && lies > 0 && nfull(up[k]) && slot[k].takes == R_TAKES ->
		lies--;
		silent = 1;
		select(lie : 1 .. NUMBERS - 1);
		up[k]!END, lie, 0, 0;
		lie = 0
	}
	od
}

/* --- Power --- */

proctype node_power(byte n)
{
end:	do
	:: atomic {
		!calm && powers > 0 ->
		powers--;
		d_step {
			writer[n] = OFF;
			for (j : n * WAYS .. n * WAYS + WAYS - 1) {
				sender_dies(j)
			}
			spool[n].locked = 0;
			spool[n].renews = OFF
		}
		spool_power(n)
	}
	od
}

proctype master_power()
{
	byte a;

end:	do
	:: atomic {
		!calm && powers > 0 ->
		powers--;
		d_step {
			for (a : 0 .. SLOTS - 1) {
				receiver_dies(a)
			}
			a = 0
		}
		do
		:: a < NODES * IDS ->
			archive_power(a);
			a++
		:: else -> break
		od;
		a = 0
	}
	od
}

/* --- Calm, deadlines, the judge --- */

inline judge(n)
{
	for (i : 1 .. spool[n].made) {
		x = 0;
		for (y : 0 .. IDS - 1) {
			for (z : 1 .. NUMBERS - 1) {
				if
				:: STORE(n, y).record[z] == i -> x++
				:: else
				fi
			}
		}
		assert(x >= 1 || !(spool[n].stored & BIT(i)) || (spool[n].excused & BIT(i)));
		assert(x <= 1 || tails < TAILS)
	}
	assert(writer[n] == OFF && !spool[n].locked && !spool[n].session && !busy[n])
}

init
{
	byte k = 0;

	atomic {
		do
		:: k < NODES ->
			spool[k].base = 1;
			spool[k].next = 1;
			spool[k].disk_base = 1;
			spool[k].disk_next = 1;
			run put(k);
			run node_power(k);
			k++
		:: else -> break
		od;
		run master_power();
		k = 0;
		do
		:: k < SLOTS ->
			run sender(k);
			run receiver(k);
			run connection(k);
			k++
		:: else -> break
		od;
		k = 0
	}
	calm = 1;
	do
	:: atomic {
		timeout ->
		/* Nothing moves. Either all is done, or somebody waits for what vanished: the deadline ends it. */
		if
		:: WAITING ->
			assert(silent);
			d_step {
				for (k : 0 .. SLOTS - 1) {
					sender_ends(k);
					receiver_ends(k);
					flush(k)
				}
				k = 0
			}
		:: else -> break
		fi
	}
	od;
	skip;
	d_step {
		for (k : 0 .. NODES - 1) {
			assert(rounds[k] == ROUNDS);
			judge(k)
		}
		k = 0
	}
}
