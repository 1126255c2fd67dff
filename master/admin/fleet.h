/* SPDX-License-Identifier: ISC */
/*
 * Gathers what `status` and `check` show (master/status/row.h). A row exists
 * only during the call that shows it: the memory needed does not grow with the
 * number of nodes.
 */
#ifndef BIJK_ADMIN_FLEET_H
#define BIJK_ADMIN_FLEET_H

#include "master/admin/admin.h"
#include "master/status/row.h"

struct fleet {
	struct admin *admin;
	struct status_master master;
	bool with_day; /* set after fleet_begin_or_die(): rows have the last day */
};

/* After admin_open_or_die(): what concerns all nodes. Ends the program where one
 * of the n names is not that of a node. */
void fleet_begin_or_die(struct fleet *f, struct admin *a, char **names, int n);
/* Calls show() for each of these nodes, or with n 0 for all, in order of names. */
void fleet_each_or_die(struct fleet *f, char **names, int n,
    void (*show)(const struct status_row *r, void *arg), void *arg);

#endif
