/* SPDX-License-Identifier: ISC */
#include "tests/memory/subject.h"

#include "tests/crash/scenario.h"

#define COMMANDS(...) ((const struct command[]){ __VA_ARGS__, { .what = END } })
#define ADD                                                                                        \
	{                                                                                          \
		.what = MASTER, .args = "add n1", .input = "hash"                                  \
	}
#define KEYREG                                                                                     \
	{                                                                                          \
		.what = REGISTER                                                                   \
	}
#define SOME                                                                                       \
	{                                                                                          \
		.what = PUT, .count = 2, .size = 600                                               \
	}
#define BY(command)                                                                                \
	{                                                                                          \
		.what = command                                                                    \
	}

#define PULLED                                                                                     \
	.before = COMMANDS(ADD, KEYREG, SOME), .work = COMMANDS(BY(PULL)),                         \
	.after = COMMANDS(BY(PULL), SOME, BY(PULL))
#define PUSHED                                                                                     \
	.before = COMMANDS(ADD, KEYREG, SOME), .work = COMMANDS(BY(PUSH)),                         \
	.after = COMMANDS(BY(PUSH), SOME, BY(PUSH))
#define REGISTERED                                                                                 \
	.before = COMMANDS(ADD, SOME), .work = COMMANDS(KEYREG),                                   \
	.after = COMMANDS(KEYREG, BY(PUSH)), .check = world_key_is_known
#define READ .before = COMMANDS(ADD, KEYREG, SOME, BY(PULL)), .after = COMMANDS(BY(PULL))

const struct subject subjects[] = {
	{ .s = { .name = "put",
	      .what = "bijk-put, a first record",
	      .before = COMMANDS(ADD, KEYREG),
	      .work = COMMANDS({ .what = PUT, .count = 1, .size = 3000 }),
	      .victim = "bijk-put",
	      .after = COMMANDS(SOME, BY(PULL)) } },
	{ .s = { .name = "put-lines",
	      .what = "bijk-put -l, behind others",
	      .before = COMMANDS(ADD, KEYREG, SOME),
	      .work = COMMANDS({ .what = PUT_LINES, .count = 40, .size = 200 }),
	      .victim = "bijk-put",
	      .after = COMMANDS(SOME, BY(PULL)) } },
	{ .s = { .name = "pull",
	      .what = "bijk-pull and its worker",
	      PULLED,
	      .victim = "bijk-pull" } },
	{ .s = { .name = "login",
	      .what = "bijk-login in a pull",
	      PULLED,
	      .victim = "bijk-login" } },
	{ .s = { .name = "push", .what = "bijk-push", PUSHED, .victim = "bijk-push" } },
	{ .s = { .name = "recv", .what = "bijk-recv in a push", PUSHED, .victim = "bijk-recv" } },
	{ .s = { .name = "keyreg", .what = "bijk-keyreg", REGISTERED, .victim = "bijk-keyreg" } },
	{ .s = { .name = "keyrecv",
	      .what = "bijk-keyrecv",
	      REGISTERED,
	      .victim = "bijk-keyrecv" } },
	{ .s = { .name = "master",
	      .what = "bijk-master set",
	      .before = COMMANDS(ADD, KEYREG, SOME),
	      .work = COMMANDS({ .what = MASTER, .args = "set n1 mode=push port=2222" }),
	      .victim = "bijk-master",
	      .after = COMMANDS(BY(PUSH)),
	      .check = world_key_is_known } },
	{ .s = { .name = "master-import",
	      .what = "bijk-master import",
	      .before = COMMANDS(ADD, KEYREG, SOME),
	      .work = COMMANDS({ .what = MASTER, .args = "import n3", .input = "card" }),
	      .victim = "bijk-master",
	      .after = COMMANDS({ .what = MASTER, .args = "import n3", .input = "card" }, BY(PULL)),
	      .check = world_key_is_known } },
	{ .s = { .name = "master-export",
	      .what = "bijk-master export",
	      READ,
	      .victim = "bijk-master" },
	    .reads = { "export", "--address", "192.0.2.1" } },
	{ .s = { .name = "cat", .what = "bijk-cat --json", READ, .victim = "bijk-cat" },
	    .reads = { "--json", "n1" } },
};
const size_t n_subjects = sizeof(subjects) / sizeof(subjects[0]);
