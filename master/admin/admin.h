/* SPDX-License-Identifier: ISC */
/*
 * What the subcommands of bijk-master share. Each takes its own argument vector, argv[0] being its
 * name, and returns an exit code. The order in one: its options; admin_config(); what it reads with
 * the rights of its caller (a hash, a card); admin_store(), which gives root's rights up; its work.
 */
#ifndef BIJK_ADMIN_ADMIN_H
#define BIJK_ADMIN_ADMIN_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/config.h"
#include "common/options.h"
#include "master/store/store.h"

struct admin {
	struct options options; /* usage: that of the subcommand */
	struct master_config config;
	struct store *store;
};

int admin_acknowledge(struct admin *a, int argc, char **argv);
int admin_add(struct admin *a, int argc, char **argv);
int admin_export(struct admin *a, int argc, char **argv);
int admin_import(struct admin *a, int argc, char **argv);
int admin_list(struct admin *a, int argc, char **argv);
int admin_pending(struct admin *a, int argc, char **argv);
int admin_remove(struct admin *a, int argc, char **argv);
int admin_rename(struct admin *a, int argc, char **argv);
int admin_rotate(struct admin *a, int argc, char **argv);
int admin_set(struct admin *a, int argc, char **argv);
int admin_status(struct admin *a, int argc, char **argv);
int admin_test(struct admin *a, int argc, char **argv);

/* These end the program when they fail. */
void admin_config(struct admin *a);
void admin_become(const struct admin *a); /* the owner of the state, if we are root */
void admin_store(struct admin *a); /* that, and opens the store, which has the master's name */
void admin_store_unnamed(struct admin *a); /* the same, whatever name the configuration says */
void admin_close(struct admin *a);

/* The options of a command that has none of its own but perhaps --json. Returns whether that was
 * given. */
bool admin_options(struct admin *a, int argc, char **argv, bool has_json);
/* The one operand that must be the name of a node; ends the program if it is none, or not alone. */
const char *admin_name_operand(const struct admin *a, int argc, char **argv);
/* Ends the program: what was being done to which node, and why it failed (errno). */
_Noreturn void admin_fail(const char *doing, const char *name);
/* sysexits for an errno of store.h. */
int admin_exit_code(int error);
/* All of a file, or of standard input when path is NULL; kind names it in messages. Ends the
 * program. */
void admin_read_input(const char *path, const char *kind, struct buf *b);

#endif
