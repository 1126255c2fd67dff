/* SPDX-License-Identifier: ISC */
#include "tests/crash/scenario.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/base/file.h"
#include "common/base/io.h"

#define COMMANDS(...) ((const struct command[]){ __VA_ARGS__, { .what = END } })
#define ADD_N1                                                                                     \
	{                                                                                          \
		.what = MASTER, .args = "add n1", .input = "hash"                                  \
	}
#define KNOWN                                                                                      \
	ADD_N1,                                                                                    \
	{                                                                                          \
		.what = REGISTER                                                                   \
	}
#define SOME                                                                                       \
	{                                                                                          \
		.what = PUT, .count = 3, .size = 600                                               \
	}

/* --- States that no program of ours makes in a second --- */

static int run_all(struct world *w, const struct command *c)
{
	const struct trace_plan none = { .act = TRACE_COUNT };
	struct trace_result r;

	for (; c->what != END; c++) {
		if (world_run(w, c, &none, NULL, NULL, &r) == -1 || r.code != 0)
			return -1;
	}
	return 0;
}

/* The node is put back to an earlier state, and stores other records than it
 * did then. */
static int restore_node(struct world *w)
{
	struct tree earlier;
	char node[200];
	int rc;

	snprintf(node, sizeof(node), "%s/now/node", w->top);
	tree_read(&earlier, node);
	rc = run_all(w, COMMANDS(SOME, { .what = PULL }));
	tree_write(&earlier, node);
	tree_free(&earlier);
	return rc == -1 ? -1 : run_all(w, COMMANDS(SOME));
}

/* Every segment of the archive was last written long ago; what is in them need
 * not be there. */
static int age_archive(struct world *w)
{
	const struct timespec old[2] = { { .tv_sec = time(NULL) - 864000 },
		{ .tv_sec = time(NULL) - 864000 } };
	char path[200];
	struct dirent *e;
	int logs, log = -1, rc = -1;
	DIR *d;

	snprintf(path, sizeof(path), "%s/now/master/archives/n1", w->top);
	logs = dir_open(AT_FDCWD, path);
	d = logs == -1 ? NULL : fdopendir(logs);
	while (d != NULL && (e = readdir(d)) != NULL) {
		struct dirent *s;
		DIR *segments;

		if (e->d_name[0] == '.' || (log = dir_open(dirfd(d), e->d_name)) == -1)
			continue;
		segments = fdopendir(log);
		while (segments != NULL && (s = readdir(segments)) != NULL) {
			if (strstr(s->d_name, ".seg") != NULL)
				rc = utimensat(log, s->d_name, old, 0);
		}
		closedir(segments);
	}
	if (d != NULL)
		closedir(d);
	for (uint64_t n = 1; n <= w->journal.last; n++)
		w->journal.marks[n] = JOURNAL_MADE;
	return rc == -1 ? -1 : run_all(w, COMMANDS(SOME));
}

/* The limit takes what it will: only what is put from now on must arrive. */
static int promise_nothing(struct world *w)
{
	for (uint64_t n = 1; n <= w->journal.last; n++)
		w->journal.marks[n] = JOURNAL_MADE;
	return 0;
}

/* --- The scenarios --- */

#define MB (1u << 20)
#define TO_MASTER                                                                                  \
	{                                                                                          \
		.what = PULL                                                                       \
	}
#define MORE                                                                                       \
	{                                                                                          \
		.what = PUT, .count = 1, .size = 500                                               \
	}

#define PULL_FIRST                                                                                 \
	.before = COMMANDS(KNOWN, SOME), .work = COMMANDS({ .what = PULL }),                       \
	.after = COMMANDS(TO_MASTER, MORE, TO_MASTER)
#define PUSH_SECOND                                                                                \
	.before = COMMANDS(KNOWN, SOME, { .what = PUSH }, SOME),                                   \
	.work = COMMANDS({ .what = PUSH }),                                                        \
	.after = COMMANDS({ .what = PUSH }, MORE, { .what = PUSH })
#define PUT_FIRST                                                                                  \
	.before = COMMANDS(KNOWN), .work = COMMANDS({ .what = PUT, .count = 1 }),                  \
	.after = COMMANDS(MORE, TO_MASTER)

const struct scenario scenarios[] = {
	{ .name = "put", .what = "the first record of a node", PUT_FIRST },
	{ .name = "put-segments",
	    .what = "bijk-put -l of several frames, over the end of a segment",
	    .before = COMMANDS(KNOWN, { .what = PUT, .count = 2, .size = 7 * MB / 2 }, TO_MASTER),
	    .work = COMMANDS({ .what = PUT_LINES, .count = 12, .size = MB / 4 }),
	    .after = COMMANDS(MORE, TO_MASTER) },
	{ .name = "put-limit",
	    .what = "bijk-put at the limit of the spool",
	    .before = COMMANDS(KNOWN, { .what = PUT, .count = 4, .size = 8 * MB + 4096 }),
	    .arrange = promise_nothing,
	    .work = COMMANDS({ .what = PUT, .count = 1, .size = 3000 }),
	    .after = COMMANDS(MORE, TO_MASTER),
	    .judge = JUDGE_GAPS },
	{ .name = "pull", .what = "the first pull, all killed", PULL_FIRST },
	{ .name = "pull-receiver",
	    .what = "the first pull, bijk-pull killed",
	    PULL_FIRST,
	    .victim = "bijk-pull" },
	{ .name = "pull-sender",
	    .what = "the first pull, bijk-login killed",
	    PULL_FIRST,
	    .victim = "bijk-login" },
	{ .name = "push", .what = "a push, all killed", PUSH_SECOND },
	{ .name = "push-receiver",
	    .what = "a push, bijk-recv killed",
	    PUSH_SECOND,
	    .victim = "bijk-recv" },
	{ .name = "push-sender",
	    .what = "a push, bijk-push killed",
	    PUSH_SECOND,
	    .victim = "bijk-push" },
	{ .name = "register",
	    .what = "bijk-keyreg with bijk-keyrecv, the first time",
	    .before = COMMANDS(ADD_N1, SOME),
	    .work = COMMANDS({ .what = REGISTER }),
	    .after = COMMANDS({ .what = REGISTER }, { .what = PUSH }),
	    .check = world_key_is_known },
	{ .name = "rotate",
	    .what = "a new push key, from bijk-keyreg --rotate to its end",
	    .before = COMMANDS(KNOWN, SOME),
	    .work = COMMANDS({ .what = ROTATE }),
	    .after = COMMANDS({ .what = REGISTER }, { .what = PUSH }),
	    .check = world_key_is_known },
	{ .name = "master",
	    .what = "bijk-master add, set, import, remove",
	    .before = COMMANDS(KNOWN, SOME, TO_MASTER),
	    .work = COMMANDS({ .what = MASTER, .args = "add n2", .input = "hash-n2" },
		{ .what = MASTER, .args = "set n2 mode=push port=2222" },
		{ .what = MASTER, .args = "import n3", .input = "card" },
		{ .what = MASTER, .args = "remove n2" }),
	    .after = COMMANDS({ .what = MASTER, .args = "add n2", .input = "hash-n2" },
		{ .what = MASTER, .args = "import n3", .input = "card" },
		{ .what = MASTER, .args = "remove n2" }, { .what = MASTER, .args = "list" }, MORE,
		{ .what = PUSH }),
	    .check = world_key_is_known },
	{ .name = "renew",
	    .what = "a restored node: its log is renewed in a pull, and pulled",
	    .before = COMMANDS(KNOWN, SOME, TO_MASTER),
	    .arrange = restore_node,
	    .work = COMMANDS({ .what = PULL }, { .what = PULL }),
	    .after = COMMANDS(TO_MASTER, MORE, TO_MASTER),
	    .tries = 2,
	    .judge = JUDGE_FORKED },
	{ .name = "trim",
	    .what = "a pull after which the master drops what is too old",
	    .before = COMMANDS(
		KNOWN, { .what = PUT, .count = 1, .size = 8 * MB + 4096 }, SOME, TO_MASTER),
	    .arrange = age_archive,
	    .work = COMMANDS({ .what = PULL }),
	    .after = COMMANDS(TO_MASTER, MORE, TO_MASTER) },
};
const size_t scenarios_n = sizeof(scenarios) / sizeof(scenarios[0]);

const struct scenario error_scenarios[] = {
	{ .name = "put", .what = "a first bijk-put", PUT_FIRST, .victim = "bijk-put" },
	{ .name = "put-frames",
	    .what = "bijk-put -l of several frames",
	    .before = COMMANDS(KNOWN),
	    .work = COMMANDS({ .what = PUT_LINES, .count = 4, .size = MB / 2 }),
	    .after = COMMANDS(MORE, TO_MASTER),
	    .victim = "bijk-put" },
	{ .name = "pull-sender", .what = "bijk-login", PULL_FIRST, .victim = "bijk-login" },
	{ .name = "pull-receiver", .what = "bijk-pull", PULL_FIRST, .victim = "bijk-pull" },
	{ .name = "pull-frames",
	    .what = "bijk-pull, of several frames",
	    .before = COMMANDS(KNOWN, { .what = PUT, .count = 2, .size = 5 * MB / 8 }),
	    .work = COMMANDS({ .what = PULL }),
	    .after = COMMANDS(TO_MASTER, MORE, TO_MASTER),
	    .victim = "bijk-pull" },
	{ .name = "push-sender", .what = "bijk-push", PUSH_SECOND, .victim = "bijk-push" },
	{ .name = "push-receiver", .what = "bijk-recv", PUSH_SECOND, .victim = "bijk-recv" },
};
const size_t error_scenarios_n = sizeof(error_scenarios) / sizeof(error_scenarios[0]);
