/* SPDX-License-Identifier: ISC */
#include "common/trust/pinlist.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/trust/cardfile.h"

#include "common/base/banned.h"

int pinlist_failed(struct fail *f, const char *what, const char *path)
{
	int code = errno == EACCES || errno == EPERM || errno == EROFS ? EX_CANTCREAT : EX_IOERR;

	return fail_set(f, ERR_NONE, code, "%s %s: %s", what, path, strerror(errno));
}

bool pins_configured(const struct node_config *c, const char *address)
{
	for (size_t i = 0; i < c->masters.n; i++) {
		if (strcmp(c->masters.v[i], address) == 0)
			return true;
	}
	return false;
}

struct master *pinlist_find(const struct pins *p, const char *address)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->v[i].address, address) == 0)
			return &p->v[i];
	}
	return NULL;
}

struct master *pinlist_have(struct pins *p, const char *address, struct fail *f)
{
	struct master *v = pinlist_find(p, address);

	if (v != NULL)
		return v;
	v = reallocarray(p->v, p->n + 1, sizeof(*v));
	if (v == NULL) {
		fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
		return NULL;
	}
	p->v = v;
	v = &p->v[p->n++];
	*v = (struct master){ .configured = pins_configured(p->config, address) };
	snprintf(v->address, sizeof(v->address), "%s", address);
	return v;
}

/* The card of m in this folder. 1: there is one, 0: none; -1: f. */
static int load_card(const struct pins *p, const char *folder, struct master *m, struct fail *f)
{
	char path[PATH_MAX];
	int rc;

	card_free(&m->card);
	rc = cardfile_read(p->dir, folder, m->address, &m->card);
	if (rc != -1)
		return rc;
	snprintf(path, sizeof(path), "%s/%s/%s", p->config->state, folder, m->address);
	return pinlist_failed(f, "reading the master's card", path);
}

static int load_configured(struct pins *p, struct fail *f)
{
	for (size_t i = 0; i < p->config->masters.n; i++) {
		struct master *m = pinlist_have(p, p->config->masters.v[i], f);
		int rc = m != NULL ? load_card(p, MASTERS, m, f) : -1;
		if (rc == 0) {
			rc = load_card(p, IMPORTED, m, f);
			m->adopt = rc == 1;
		}
		if (rc == -1)
			return -1;
		standing_read(p->dir, m->address, &m->standing);
	}
	return 0;
}

static int load_imported(struct pins *p, const struct cardnames *names, struct fail *f)
{
	for (size_t i = 0; i < names->n; i++) {
		struct master *m;
		if (pins_configured(p->config, names->v[i])) {
			p->leftovers = true;
			continue;
		}
		m = pinlist_have(p, names->v[i], f);
		if (m == NULL || load_card(p, IMPORTED, m, f) == -1)
			return -1;
	}
	return 0;
}

int pinlist_load(struct pins *p, struct fail *f)
{
	struct cardnames names;
	int rc;

	if (load_configured(p, f) == -1)
		return -1;
	if (cardfile_list(p->dir, MASTERS, &names) == -1)
		return pinlist_failed(f, "reading", MASTERS);
	for (size_t i = 0; i < names.n; i++) {
		if (!pins_configured(p->config, names.v[i]))
			p->leftovers = true;
	}
	cardnames_free(&names);
	if (cardfile_list(p->dir, IMPORTED, &names) == -1)
		return pinlist_failed(f, "reading", IMPORTED);
	rc = load_imported(p, &names, f);
	cardnames_free(&names);
	return rc;
}

void pinlist_free(struct pins *p)
{
	for (size_t i = 0; i < p->n; i++)
		card_free(&p->v[i].card);
	free(p->v);
}
