/* SPDX-License-Identifier: ISC */
/* All logs of one node being printed, the one longest unused first; or, without a store, the local
 * spool. */
#ifndef BIJK_CAT_NODE_H
#define BIJK_CAT_NODE_H

#include <stddef.h>

#include "master/cat/log.h"
#include "master/store/store.h"

struct cat_node {
	const char *name;
	struct store *store; /* NULL: `spool` */
	const char *spool;   /* its directory */
	bool follow;	     /* logs stay open, to be printed on */
	bool damaged;	     /* something could not be read */
	bool noted;	     /* and the node's state says so */
	struct {
		struct log_id id;
		struct cat_log log; /* .log.log is NULL when it is closed */
	} * v;
	size_t n;
};

/*
 * Prints what there is; called again, what there is more, in logs that are new too. -1: errno,
 * ENOENT when there is no such node and nothing was kept of one.
 */
int cat_node_print(struct cat_node *c, const struct cat_filter *f, const struct cat_form *form);
void cat_node_free(struct cat_node *c);

#endif
