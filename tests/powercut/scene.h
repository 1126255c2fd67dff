/* SPDX-License-Identifier: ISC */
/*
 * A node and a master that know each other, each with its state on a disk of its own, and what they do:
 * the real programs, with the real proofs. Only ssh between them is a stand-in (ssh.c), which starts
 * the program at the other end. Registrations go over the loopback of a network of their own.
 *
 * A life begins with scene_fresh(). Steps run until they end or the power goes; then scene_reboot(),
 * further steps and cuts, and at last scene_finish(), which brings every record to the master and has
 * the oracle judge them. What is wrong is kept by scene_wrong() and ends the life.
 *
 *   DIR/node, DIR/master       the disks, with state/ on each
 *   DIR/template/KIND/         what they hold when a life begins
 *   DIR/journal                the oracle's, outside of the fault
 *   DIR/bin, DIR/ssh, DIR/log  the programs, the stand-in, what they all print
 */
#ifndef BIJK_TESTS_SCENE_H
#define BIJK_TESTS_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/powercut/disk.h"
#include "tests/powercut/jobs.h"

enum template {
	PLAIN, /* registered with each other; nothing was stored yet */
	FULL, /* with a segment that the next record closes, so that trimming has something to do */
	TEMPLATES
};

enum step {
	STEP_NONE,
	STEP_ONE,   /* a record */
	STEP_PUT,   /* some, one by one */
	STEP_LINES, /* many at once, as lines */
	STEP_LARGE, /* one that fills a segment */
	STEP_PULL,
	STEP_PUSH,
	STEP_REGISTER,
	STEP_ROTATE, /* a new push key */
	STEP_ADD,    /* another node, on the master */
	STEP_REMOVE, /* takes it off */
	STEP_BESIDE, /* puts one by one, while what follows is done */
};

/* The power goes at a moment, or at a call that changes a file: whichever is set. */
struct cut {
	unsigned sides;
	enum cut_kind kind;
	int64_t after;	  /* microseconds after the first step begins; -1: not at a moment */
	uint64_t at_call; /* counted on the disks of these sides, from 1; 0: not at a call */
	bool before;	  /* that call; else just behind it */
};

struct scene {
	const char *type;
	char dir[200], bin[256];
	struct disk node, master;
	struct jobs jobs;
	int listen;    /* where nodes register; -1 but in the listener */
	uint64_t seed; /* of this life */
	const struct cut *cut;
	bool is_cut;	/* the power is off on cut->sides */
	int64_t began;	/* the first step, clock_us() */
	int64_t took;	/* all steps, when they came to their end */
	uint64_t calls; /* counted so far on the disks to be cut */
	uint64_t calls_of[BOTH];
	bool registered;  /* the last registration was told to have been kept */
	bool rotated;	  /* keys were changed in this life */
	int added;	  /* the other node: 1 told to be there, 0 told to be gone, -1 in doubt */
	uint64_t records; /* judged, over all lives */
	char wrong[512];  /* "" so far */
};

/* Makes it all under dir, of the programs in build. -1: s->wrong. Close it in any case. */
int scene_open(struct scene *s, const char *type, const char *dir, const char *build);
void scene_close(struct scene *s);

/* The seed is that of the records; those of FULL have seed 1. */
void scene_fresh(struct scene *s, enum template t, uint64_t seed);
/* Does these steps until STEP_NONE, or until the cut (NULL: none), which comes at the latest when
 * they are done: then it returns true. Steps that end before it must succeed. */
bool scene_run(struct scene *s, const enum step *steps, const struct cut *c);
/* One step, watched; how it ends does not matter. */
void scene_watch(struct scene *s, enum step step, call_watch watch, void *arg);
/* The same, but returns when it stands still: the thread that does. */
pid_t scene_hold(struct scene *s, enum step step, call_watch watch, void *arg);
/* Begins a step, and does not wait for it. */
void scene_begin(struct scene *s, enum step step);
/* Waits for what still runs; it must end by itself. */
void scene_settle(struct scene *s);
void scene_cut_now(struct scene *s, unsigned sides, enum cut_kind kind);
/* Mounts again what was cut, and checks what has to hold at once. */
void scene_reboot(struct scene *s, unsigned sides);
/* A record more, a session, a registration where keys were changed, and the judge. */
void scene_finish(struct scene *s, enum step session);

/* Keeps the first thing that is wrong. */
void scene_wrong(struct scene *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool scene_good(const struct scene *s);

/* --- For the files of the scene only --- */

struct command {
	const char *argv[24];
	char text[8][300];
	size_t n, texts;
};

void step_command(struct command *c, const struct scene *s, enum step step);
const char *step_name(enum step step);

bool scene_do(struct scene *s, const char *const *argv, int out, bool watched);
void check_positions(struct scene *s);
void check_keys(struct scene *s);
void check_leftovers(struct scene *s);
void check_records(struct scene *s);
int setup_network(void);
int setup_files(struct scene *s, const char *build);
void setup_templates(struct scene *s);
void setup_copy(struct scene *s, const char *from, const char *to);
void listener_start(struct scene *s);

#endif
