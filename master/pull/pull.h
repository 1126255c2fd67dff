/* SPDX-License-Identifier: ISC */
/*
 * One pull of one node: ssh to its bijk-login, and the receiver on this end. If
 * it fails because of ssh, the words of ssh say why.
 */
#ifndef BIJK_PULL_PULL_H
#define BIJK_PULL_PULL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/fail.h"
#include "master/store/store.h"

struct pull_result {
	int64_t began; /* seconds since 1970 */
	bool good;
	bool unknown; /* no host key of it is pinned, so it was not tried: no failure */
	bool busy;    /* another session of this node is running: no failure */
	int exit_code;
	uint64_t records;
	char reason[FAIL_TEXT_MAX]; /* why not, in one sentence */
	char check[256];	    /* what to look at; "" when there is nothing */
};

/* Pulls it now, and keeps the result in its state. `step` is told each step; it
 * may be NULL. */
void pull_node(const struct master_config *c, struct store *s, const char *name,
    void (*step)(const char *text), struct pull_result *r);

#endif
