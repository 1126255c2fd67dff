/* SPDX-License-Identifier: ISC */
/*
 * What the subcommands of bijk-master share. A subcommand takes its own
 * argument vector, argv[0] being its name, and returns an exit code. Its steps:
 * options; admin_config_or_die(); what it reads with the rights of its caller
 * (a hash, a card); admin_store_or_die(), which gives up root's rights; its
 * work. All that ends in _or_die ends the program with a message.
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

/* nodes.c */
int admin_acknowledge(struct admin *a, int argc, char **argv);
int admin_add(struct admin *a, int argc, char **argv);
int admin_remove(struct admin *a, int argc, char **argv);
int admin_set(struct admin *a, int argc, char **argv);
/* list.c */
int admin_list(struct admin *a, int argc, char **argv);
int admin_pending(struct admin *a, int argc, char **argv);
/* status.c */
int admin_status(struct admin *a, int argc, char **argv);
/* check.c */
int admin_check(struct admin *a, int argc, char **argv);
/* feeds.c */
int admin_feeds(struct admin *a, int argc, char **argv);
/* test.c */
int admin_test(struct admin *a, int argc, char **argv);
/* card.c */
int admin_export(struct admin *a, int argc, char **argv);
int admin_import(struct admin *a, int argc, char **argv);
/* rotate.c */
int admin_rotate(struct admin *a, int argc, char **argv);

/* Reads the options of a command that has at most one of its own, --`flag` (or
 * NULL), which takes no value. Was it given? */
bool admin_flag_or_die(struct admin *a, int argc, char **argv, const char *flag);
/* The only operand: the name of a node. */
const char *admin_name_or_die(const struct admin *a, int argc, char **argv);
void admin_no_operand_or_die(const struct admin *a, int argc);
/* Returns name, which must be one that a node can have. */
const char *admin_valid_or_die(const char *name);

void admin_config_or_die(struct admin *a);
/* Becomes the owner of the state, if we are root, and opens the store. */
void admin_store_or_die(struct admin *a);
/* admin_config_or_die() and admin_store_or_die(). */
void admin_open_or_die(struct admin *a);
void admin_close(struct admin *a);

/* Ends the program: what was being done to which node, and why it failed (errno
 * of store.h). */
_Noreturn void admin_die(const char *doing, const char *name);
/* The exit code for such an errno. */
int admin_exit_code(int error);

/* A file, or standard input if path is NULL; kind names its content in
 * messages. */
void admin_input_or_die(const char *path, const char *kind, struct buf *b);

#endif
