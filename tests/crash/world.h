/* SPDX-License-Identifier: ISC */
/*
 * A node, n1, and its master in one directory, with programs of a build that
 * work on them, and a journal of what was promised. ssh and the listener are
 * stand-ins (standin_ssh.c, standin_listen.c).
 *
 *   top/now/node, top/now/master   the states
 *   top/plugins.yml, master.yml, hash, host_key.pub, bin/ …   what no fault touches
 */
#ifndef BIJK_TESTS_WORLD_H
#define BIJK_TESTS_WORLD_H

#include <limits.h>
#include <stdint.h>

#include "tests/crash/trace.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/tree.h"

#define WORLD_WHY 4096

struct world {
	char top[128];
	struct journal journal;
	int listen, said; /* said: what the programs wrote to standard error, since world_hush() */
	char *env[3];
};

enum what {
	END,	   /* of a list of commands */
	PUT,	   /* `count` records, one call of bijk-put each */
	PUT_LINES, /* `count` records in one bijk-put -l */
	PULL,
	PUSH,
	REGISTER,
	ROTATE,
	MASTER, /* bijk-master with `args`, and `input` in top as its standard input */
};

struct command {
	enum what what;
	uint64_t count;
	size_t size; /* of a record; 0: as the generator wants */
	const char *args, *input;
};

/* Makes one; build is the build's directory. -1: errno. */
int world_make(struct world *w, const char *top, const char *build, uint64_t seed);
void world_free(struct world *w);
/*
 * Runs the command, and marks in the journal what it promises: a PUT of many
 * ends with the first that does not return 0. -1: errno, it could not be run.
 */
int world_run(struct world *w, const struct command *c, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r);

/* A state to go back to. */
struct snapshot {
	struct tree files;
	struct journal journal;
};

int world_save(const struct world *w, struct snapshot *s);
int world_restore(struct world *w, const struct snapshot *s);
void snapshot_free(struct snapshot *s);

/* What the archive holds, against the journal: 0, or 1 with what is wrong in
 * why. -1: errno. */
int world_judge(const struct world *w, unsigned options, char why[WORLD_WHY]);
/* Does the master know the key that the node has, and is no rotation left half
 * done? Likewise. */
int world_key_is_known(const struct world *w, char why[WORLD_WHY]);

void world_hush(struct world *w);
/* The last of what was said since then. */
void world_words(const struct world *w, char *out, size_t size);

#endif
