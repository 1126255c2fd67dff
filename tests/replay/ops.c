/* SPDX-License-Identifier: ISC */
#include "tests/replay/ops.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "common/base/msg.h"

static void *grown(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (p == NULL)
		die(EX_OSERR, "no memory");
	return p;
}

size_t trace_add_node(struct trace *t, ino_t ino, bool is_dir)
{
	t->ino = grown(t->ino, t->nodes + 1, sizeof(*t->ino));
	t->is_dir = grown(t->is_dir, t->nodes + 1, sizeof(*t->is_dir));
	t->ino[t->nodes] = ino;
	t->is_dir[t->nodes] = is_dir;
	return t->nodes++;
}

size_t trace_node(const struct trace *t, ino_t ino)
{
	/* The last one: a number is used again when its file is gone. */
	for (size_t i = t->nodes; i-- > 0;) {
		if (t->ino[i] == ino)
			return i;
	}
	return SIZE_MAX;
}

void trace_look(struct tree *t, const char *root)
{
	tree_read(t, root);
	tree_drop(t, "*/lock");
}

void trace_begin(struct trace *t, const char *root)
{
	char path[PATH_MAX];
	struct stat st;

	*t = (struct trace){ .n = 0 };
	trace_look(&t->start, root);
	for (size_t k = 0; k <= t->start.n; k++) {
		snprintf(path, sizeof(path), "%s/%s", root, k == 0 ? "" : t->start.v[k - 1].path);
		if (stat(path, &st) == -1)
			die(EX_OSERR, "%s: %s", path, strerror(errno));
		trace_add_node(t, st.st_ino, S_ISDIR(st.st_mode));
	}
}

void trace_free(struct trace *t)
{
	tree_free(&t->start);
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].data);
	free(t->v);
	free(t->ino);
	free(t->is_dir);
	*t = (struct trace){ .n = 0 };
}

bool op_is_disk(enum op_kind kind)
{
	return kind <= OP_SYNC_FAILED;
}

struct op *trace_add(struct trace *t, enum op_kind kind)
{
	if (t->n == t->room) {
		t->room = t->room * 2 + 32;
		t->v = grown(t->v, t->room, sizeof(*t->v));
	}
	t->v[t->n] = (struct op){ .kind = kind };
	t->disk_ops += op_is_disk(kind);
	return &t->v[t->n++];
}

static void print_op(size_t i, const struct op *o)
{
	static const char *const words[] = {
		[OP_CREATE] = "create",
		[OP_MKDIR] = "mkdir",
		[OP_RENAME] = "rename",
		[OP_UNLINK] = "unlink",
		[OP_WRITE] = "write",
		[OP_CUT] = "cut",
		[OP_SYNC] = "sync",
		[OP_SYNC_FAILED] = "sync failed",
		[OP_MADE] = "made",
		[OP_STORED] = "stored",
		[OP_GONE] = "gone",
		[OP_ACKED] = "acked",
		[OP_JUMP] = "jump",
		[OP_NAMED] = "named",
	};

	printf("    %3zu %s", i, words[o->kind]);
	if (op_is_disk(o->kind)) {
		printf(" node %zu", o->node);
		if (o->name[0] != '\0')
			printf(" %s", o->name);
		if (o->to[0] != '\0')
			printf(" to %s", o->to);
		if (o->kind == OP_WRITE || o->kind == OP_CUT)
			printf(" at %jd, %zu bytes", (intmax_t)o->at, o->len);
	} else {
		if (o->n > 0)
			printf(" record %" PRIu64 " and %" PRIu64 " more,", o->n, o->count - 1);
		printf(" number %" PRIu64, o->seq);
	}
	printf("\n");
}

void trace_print(const struct trace *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_op(i, &t->v[i]);
}
