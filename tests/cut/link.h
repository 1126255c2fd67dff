/* SPDX-License-Identifier: ISC */
/*
 * A stand-in for the line between node and master, ssh included: it passes on what each side says,
 * and breaks after a number of bytes.
 */
#ifndef BIJK_TESTS_LINK_H
#define BIJK_TESTS_LINK_H

#include <netinet/in.h>

#include "common/base/deadline.h"
#include "tests/cut/stream.h"

enum how {
	CUT_NOT,
	CUT_FIN,     /* both sides hear the end of the stream; what they still say is taken */
	CUT_RST,     /* both connections are reset */
	CUT_SILENCE, /* nothing passes any more, and nothing is closed */
	CUT_END,     /* the master hears an END of the line's own, then as CUT_FIN */
};

/* When what the node says is handed on. */
enum pace {
	PACE_FREE,  /* as it comes */
	PACE_STEPS, /* a DATA when the one before was acknowledged: as over a slow line */
	PACE_BURST, /* from the first DATA to END in one piece: nothing is acknowledged between */
};

enum joint {
	JOINT_TCP,   /* over 127.0.0.1 */
	JOINT_LOCAL, /* a socket pair, as sshd joins a command */
};

struct cut {
	enum flow flow;
	size_t at; /* so many bytes of `flow` pass */
	enum how how;
	uint64_t lie; /* CUT_END: its number */
};

struct link {
	struct cut cut;
	enum pace pace;
	int from[2], to[2]; /* by flow: where it is read, and written; -1: closed */
	struct stream said[2];
	size_t down_at_end; /* bytes the master's side had passed when END was */
	int64_t cut_ms;	    /* when it was cut; 0: it was not */
};

/* A listening socket of 127.0.0.1 for JOINT_TCP, with its address. Ends the program if it cannot. */
int link_listen(struct sockaddr_in *a);

/* Joins one program, `side`, to the line: `theirs` are its own ends, in and out. -1: errno. */
struct ends {
	int in, out;
};
int link_join(struct link *l, enum flow side, enum joint j, int listener,
    const struct sockaddr_in *a, struct ends *theirs);
/* Joins the program at the other end of this socket. */
void link_take(struct link *l, enum flow side, int fd);
void ends_close(const struct ends *e);

/*
 * Passes on until the line is cut, or both sides have ended. After CUT_FIN and CUT_END both have
 * ended too. False: neither came by the deadline.
 */
bool link_run(struct link *l, deadline_t d);
/* Closes what is open, at once. */
void link_close(struct link *l);

#endif
