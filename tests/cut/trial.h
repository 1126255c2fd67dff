/* SPDX-License-Identifier: ISC */
/*
 * One trial: a session over a line that breaks, then one over a line that does not, each trial with
 * directories of its own. What it is made from, and what the three kinds of trial do.
 */
#ifndef BIJK_TESTS_TRIAL_H
#define BIJK_TESTS_TRIAL_H

#include "common/config.h"
#include "common/exchange/proof.h"
#include "tests/cut/link.h"
#include "tests/cut/party.h"
#include "tests/oracle/oracle.h"

#define SLACK_SECONDS 20 /* a loaded machine ends things later; 1 s and 30 s still differ */
#define LIMIT_SECONDS 120

enum kind { PULL, PUSH, REGISTRATION, KINDS };

#define DATA_MAX 8

/* What an uncut session of a kind looked like. */
struct shape {
	size_t len[2];		 /* bytes by flow */
	size_t node;		 /* of UP, up to and with NODE; a registration: the request */
	size_t proved;		 /* of DOWN, up to and with FROM */
	size_t at_end;		 /* of DOWN, that had passed when END did */
	size_t frames;		 /* DATA in UP */
	size_t behind[DATA_MAX]; /* of UP, up to and with that DATA */
};

/* Made before any trial, and the same for all. */
struct world {
	char top[64];
	uint64_t seed;
	uint8_t hash[HASH_SIZE];
	struct node_config node; /* its state is another in each trial, as the master's is */
	struct master_config master;
	bool large; /* one of the records is too large to be packed */
	struct journal journal;
	enum pace pace[KINDS];
	struct shape shape[KINDS];
	const char *no_registration; /* why not */
};

/* In a directory of its own. world_remove(): -1, errno. */
void world_make(struct world *w);
int world_remove(struct world *w);

struct trial {
	const struct world *world;
	enum kind kind;
	struct cut cut;
	/* Of the worker that runs it. */
	int listener;
	struct sockaddr_in address;
	bool alone; /* no other trial is under way in this process */
	int spare;  /* the lowest descriptor that was not in use before */
	/* From here on its own. */
	char dir[96];
	struct node_config node_config;
	struct master_config master_config;
	uint64_t timeout;
	struct link link;
	struct party node, master;
	bool failed;
};

/* Says what is wrong with it, and that it has failed. */
void trial_fault(struct trial *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "pull:up:123:rst", and back. */
void trial_name(const struct trial *t, char *text, size_t size);
bool trial_parse(struct trial *t, const char *text);
/* Its directories, copied from what the world has of this kind. */
void trial_dirs(struct trial *t);
void trial_remove(struct trial *t);
/* Its configuration, with the paths of those. */
void trial_paths(struct trial *t);
/*
 * Waits for one side, which has so many seconds from the cut on, or from now. trial_join() ends the
 * worker where a thread cannot be ended.
 */
void trial_join(struct trial *t, const char *who, struct party *p, uint64_t seconds);
int trial_wait(struct trial *t, const char *who, struct party *p, uint64_t seconds);

/* Each kind: what the world needs of it; the session that is cut, as far as the cut; the rest. */
void exchange_prepare(struct world *w);
void exchange_begin(struct trial *t);
void exchange_end(struct trial *t);

/* A session of its own that nothing cuts; what came of it is in the outcomes. */
void exchange_session(struct trial *t);
/* How many logs the archive has, and the directory of the first, to be freed; NULL: none. */
char *exchange_archive(const struct trial *t, int *count);

/* NULL, or why there can be no registration here. */
const char *registration_prepare(struct world *w);
void registration_begin(struct trial *t);
void registration_end(struct trial *t);

/* The seconds that a silent trial of this kind waits: 1, 10 or 30. */
unsigned trial_silence(const struct world *w, enum kind k, const struct cut *c);

#endif
