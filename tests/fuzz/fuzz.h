/* SPDX-License-Identifier: ISC */
/*
 * What every fuzz target shares. All targets are in one program, whose first
 * argument (or FUZZ_TARGET) names one:
 *
 *   fuzz TARGET [libFuzzer's options] [FILE or DIRECTORY…]
 *
 * Built without libFuzzer it only runs the files. A target asserts with
 * require(); a property that does not hold ends the program as a crash does.
 * Nothing here waits, sleeps or depends on the clock, and random numbers are
 * the same in every run, so that one input always does the same.
 */
#ifndef BIJK_TESTS_FUZZ_H
#define BIJK_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/names.h"

#define TARGETS(X)                                                                                 \
	X(login)                                                                                   \
	X(lines)                                                                                   \
	X(wire)                                                                                    \
	X(send)                                                                                    \
	X(receive)                                                                                 \
	X(frame)                                                                                   \
	X(recover)                                                                                 \
	X(keyrecv)                                                                                 \
	X(register)                                                                                \
	X(sshkey)                                                                                  \
	X(names)                                                                                   \
	X(card)                                                                                    \
	X(config)                                                                                  \
	X(vis)                                                                                     \
	X(ssh)                                                                                     \
	X(feed)

struct target {
	const char *name;
	/*
	 * What its corpus must reach, ended by NULL: with FUZZ_GOALS in the
	 * environment the program fails where one was not, so that a target
	 * which no longer gets anywhere is noticed.
	 */
	const char *const *goals;
	void (*begin)(void); /* once; NULL: nothing to do */
	void (*run)(const uint8_t *data, size_t len);
};

#define DECLARE(name) extern const struct target target_##name;
TARGETS(DECLARE)
#undef DECLARE

#define require(what) ((what) ? (void)0 : require_failed(#what, __FILE__, __LINE__))
_Noreturn void require_failed(const char *what, const char *file, int line);

/* For a person who looks at one input: said on standard error with FUZZ_SHOW in
 * the environment. */
void show(const char *what, const char *text);

/* Goal number i of this target was reached. */
void reached(unsigned i);

/* --- The bytes of one input, taken from its front; 0 and "" when they are used up --- */

struct input {
	const uint8_t *at;
	size_t left;
};

unsigned input_byte(struct input *in);
unsigned input_u16(struct input *in);
/* At most *len bytes; *len becomes how many. */
const uint8_t *input_take(struct input *in, size_t *len);
/*
 * A copy up to the next NUL byte, which is passed over, or to the end. It has
 * exactly the room that it needs; free it.
 */
char *input_string(struct input *in);

/* --- Surroundings --- */

/* A directory of this run's own, gone at its end. */
const char *temp_dir(void);
/* "TEMP/name", to be freed. */
char *temp_path(const char *name);

/* What the program said to its peer by msg_peer() since the last call of
 * messages_forget(). */
const char *messages_to_peer(void);
void messages_forget(void);

bool is_printable(const char *s, size_t len);

/* The secret of the tests, and another one. */
extern const uint8_t test_hash[HASH_SIZE];
extern const uint8_t other_hash[HASH_SIZE];
/* Of test_hash and the master m1. */
extern uint8_t test_secret[SECRET_SIZE];

#endif
