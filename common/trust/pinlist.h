/* SPDX-License-Identifier: ISC */
/*
 * The masters that a node has cards of, or should have, read from the files: those of the configuration first. It is the inside of
 * pins.h, whose functions alone change the files.
 */
#ifndef BIJK_TRUST_PINLIST_H
#define BIJK_TRUST_PINLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/trust/pins.h"

#define MASTERS "masters"
#define IMPORTED "imported"

struct master {
	char address[256];
	bool configured;
	bool adopt;	  /* configured, but its card still lies in imported/ */
	struct card card; /* name "": none */
	struct standing standing;
};

struct pins {
	const struct node_config *config;
	int dir, lock;
	char *known_hosts;
	struct master *v;
	size_t n;
	bool leftovers; /* something in masters/ or imported/ is to be removed */
};

/* Reads masters/ and imported/ below p->dir into the empty list. -1: f. */
int pinlist_load(struct pins *p, struct fail *f);
void pinlist_free(struct pins *p);
/* NULL: it is not in the list. */
struct master *pinlist_find(const struct pins *p, const char *address);
/* Put there if need be, which moves the others. NULL: f. */
struct master *pinlist_have(struct pins *p, const char *address, struct fail *f);
/* -1, with errno in f: doing `what` with `path`. */
int pinlist_failed(struct fail *f, const char *what, const char *path);

#endif
