/* SPDX-License-Identifier: ISC */
#include "master/cat/node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/deadline.h"

#include "common/base/banned.h"

/* The place of this log in c->v, made when it is seen first. */
static struct cat_log *place(struct cat_node *c, const struct log_id *id)
{
	void *v;

	for (size_t i = 0; i < c->n; i++) {
		if (memcmp(&c->v[i].id, id, sizeof(*id)) == 0)
			return &c->v[i].log;
	}
	v = reallocarray(c->v, c->n + 1, sizeof(*c->v));
	if (v == NULL)
		return NULL;
	c->v = v;
	memset(&c->v[c->n], 0, sizeof(*c->v));
	c->v[c->n].id = *id;
	return &c->v[c->n++].log;
}

static int print_log(struct cat_node *c, const struct log_id *id, const char *dir,
    const struct cat_filter *f, const struct cat_form *form)
{
	struct cat_log *l = place(c, id);
	int rc;

	if (l == NULL)
		return -1;
	rc = l->log != NULL ? cat_log_again(l) : cat_log_open(l, c->name, dir, f);
	if (rc == 0)
		rc = cat_log_print(l, f, form);
	if (l->log != NULL) {
		c->damaged |= l->damaged;
		if (rc == -1 || !c->follow)
			cat_log_close(l);
	}
	/* Not there yet, or trimmed away between looking and reading. */
	return rc == -1 && errno == ENOENT ? 0 : rc;
}

static void add_damage(struct node_state *st, const void *arg)
{
	st->damaged = *(const int64_t *)arg;
}

/* For `bijk-master status`. Only who has read all of it can say that it is well. */
static void note_damage(const struct cat_node *c, bool all)
{
	int64_t found = c->damaged ? now_s() : 0;
	struct node_state st;

	if (store_state(c->store, c->name, &st) == 0 &&
	    (c->damaged ? !c->noted : all && st.damaged != 0))
		store_state_change(c->store, c->name, add_damage, &found);
}

int cat_node_print(struct cat_node *c, const struct cat_filter *f, const struct cat_form *form)
{
	static const struct log_id none;
	struct log_id *ids = NULL;
	int n, rc = 0;

	if (c->store == NULL)
		return print_log(c, &none, c->spool, f, form);
	n = store_logs(c->store, c->name, &ids);
	if (n == -1)
		return -1;
	for (int i = 0; i < n && rc == 0; i++) {
		char *dir = store_log_path(c->store, c->name, &ids[i]);
		rc = dir != NULL ? print_log(c, &ids[i], dir, f, form) : -1;
		free(dir);
	}
	free(ids);
	if (rc == 0) {
		note_damage(c, f->since_ns == INT64_MIN);
		c->noted = c->damaged;
	}
	return rc;
}

void cat_node_free(struct cat_node *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].log.log != NULL)
			cat_log_close(&c->v[i].log);
	}
	free(c->v);
	c->v = NULL;
	c->n = 0;
}
