/* SPDX-License-Identifier: ISC */
/*
 * `bijk-master status --prom`: the rows as metrics (common/base/prom.h). Their
 * names are in bijk-master(8); scripts, rules and dashboards depend on them.
 */
#ifndef BIJK_STATUS_PROM_H
#define BIJK_STATUS_PROM_H

#include <stdio.h>

#include "master/feed/lag.h"
#include "master/status/row.h"

/* Call it once with what concerns the master, before the rows. */
void status_prom_master(const struct status_master *m);
void status_prom_row(const struct status_row *r);
void status_prom_feed(const struct feed_lag *l, int64_t now);
/* Prints all of them. -1: no memory. */
int status_prom_print(FILE *out);

#endif
