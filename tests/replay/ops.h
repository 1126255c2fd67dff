/* SPDX-License-Identifier: ISC */
/*
 * What a run did to its files, in order: each change, each sync, and between
 * them what the run promised. A node is a file or a directory, whatever names
 * it has; node 0 is the directory that all lies in.
 */
#ifndef BIJK_TESTS_OPS_H
#define BIJK_TESTS_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/oracle/tree.h"

#define NAME_ROOM 40

enum op_kind {
	OP_CREATE, /* dir, name, node: a file */
	OP_MKDIR,
	OP_RENAME, /* dir, name, to, node */
	OP_UNLINK, /* dir, name, node */
	OP_WRITE,  /* node, at, data, len */
	OP_CUT,	   /* node, at: the new size */
	OP_SYNC,   /* node: a file's data and size, a directory's names */
	OP_SYNC_FAILED,
	/* Promises. */
	OP_MADE,   /* n, count, seq: records n … are about to be appended as seq … */
	OP_STORED, /* likewise: the append returned 0 */
	OP_GONE,   /* seq: those below may have been deleted from here on */
	OP_ACKED,  /* seq: a master has those below */
	OP_JUMP,   /* seq: the log may pass over numbers up to there */
	OP_NAMED,  /* seq, log: a session named this as the next number of this log */
};

struct op {
	enum op_kind kind;
	size_t node, dir;
	char name[NAME_ROOM], to[NAME_ROOM];
	off_t at;
	uint8_t *data;
	size_t len;
	uint64_t n, count, seq;
	uint8_t log[16];
};

struct trace {
	struct tree start; /* all of it durable; node i is its entry i - 1 */
	struct op *v;
	size_t n, room;
	bool *is_dir; /* of each node */
	ino_t *ino;
	size_t nodes;
	size_t disk_ops; /* of the first kinds */
};

/* Begins with what lies below `root` now. Ends the program when there is no
 * memory, as all here. */
void trace_begin(struct trace *t, const char *root);
/* What lies there now, files called "lock" left out. */
void trace_look(struct tree *t, const char *root);
void trace_free(struct trace *t);
/* Adds an empty one, to be filled. */
struct op *trace_add(struct trace *t, enum op_kind kind);
size_t trace_add_node(struct trace *t, ino_t ino, bool is_dir);
/* SIZE_MAX: none of ours. */
size_t trace_node(const struct trace *t, ino_t ino);
bool op_is_disk(enum op_kind kind);
/* The first `n` operations, in words, those that change nothing on the disk
 * too. */
void trace_print(const struct trace *t, size_t n);

#endif
