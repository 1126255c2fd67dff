/* SPDX-License-Identifier: ISC */
/* A push: to each master in turn, until one takes the data or says WAIT. */
#ifndef BIJK_PUSH_PUSH_H
#define BIJK_PUSH_PUSH_H

#include <stdint.h>

#include "common/contact.h"
#include "common/trust/masters.h"

/* Some of sender.masters, a bit for each; a configuration holds at most 32. */
typedef uint64_t masters_set;
#define MASTER_BIT(i) ((masters_set)1 << (i))

/* The node's keys, and what it knows of its masters, for reading. */
struct known {
	const struct node_config *config;
	struct pushkey keys;
	struct masters *masters;
};

/*
 * Ends the program when it cannot. What a crash or a change of the
 * configuration left behind is put in order first.
 */
void known_open_or_die(struct known *k, const struct node_config *c);
void known_close(struct known *k);

struct push {
	/* What the caller sets. */
	const struct known *known;
	uint8_t hash[HASH_SIZE];
	struct contact *contact; /* is kept up to date, in memory and in its file */
	int64_t began;		 /* when it was found due */
	bool by_hand;		 /* --now: WAIT and busy are told as well */
	bool only_try;		 /* up to the master's position: nothing is sent */

	/* What is known afterwards. */
	masters_set strangers; /* ssh did not know the host key, or sshd not our key */
};

/*
 * Tries each master that has taken this node, once. 0, or the exit code for the
 * last that failed; `code` if none was there to be tried.
 */
int push_run(struct push *p, int code);

struct send;
/*
 * One session with this master; *s as it left it. 1; 0: s->fail, and the master
 * is busy; -1: s->fail; -2: the same, between us and our ssh.
 */
int push_try(const struct push *p, const char *address, struct send *s);

/* Prints each step of the way to each master; the exit code. */
int test_masters(const struct node_config *c);

/* Prints the metrics of this node: its spool, and its contact with masters. The
 * exit code. */
int print_metrics(const struct node_config *c);

/* --- Registering --- */

/*
 * Registrations that bijk-push sees to by itself (design.md, "Registration"):
 * every 5 minutes with a master that has not taken this node, or not the key of
 * a rotation yet, or that was told of another name, address, sshd port or host
 * keys than there are now; once a day with every other one that this node has
 * registered with, whose keys may have changed; and with one whose sshd refuses
 * our key, whose host key is not the pinned one, or which greets with another
 * name.
 */
#define REGISTER_EVERY 300
#define REGISTER_DAILY 86400

/* Is a master due? With `at_once` every one that has not taken this node is. */
bool register_due(const struct known *k, bool at_once);
/*
 * Registers with every master that is due, and opens *k again. 0, or the exit
 * code for the last that did not take this node. With `at_once` a pending
 * registration is an error, else it is not.
 */
int register_run(struct known *k, bool at_once);
/* Registers again with strangers whose last try is 5 minutes ago. */
void register_again(struct known *k, masters_set strangers);

#endif
