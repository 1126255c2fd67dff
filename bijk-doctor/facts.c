/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/file.h"
#include "common/base/owner.h"
#include "common/log/log.h"
#include "common/log/spool.h"
#include "common/trust/masters.h"
#include "common/trust/register.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

struct job {
	const struct node_config *config;
	struct facts *facts; /* shared */
};

static void look_at_hash(const struct node_config *c, struct facts *f)
{
	uint8_t hash[HASH_SIZE];
	const char *why = "";

	f->hash_good = hash_read(AT_FDCWD, c->hash, hash, &why) == 0;
	if (!f->hash_good)
		snprintf(f->hash_why, sizeof(f->hash_why), "%s", why);
	explicit_bzero(hash, sizeof(hash));
}

static void look_at_pins(const struct node_config *c, struct facts *f)
{
	struct pushkey keys;
	struct fail fail = { .text = "" };
	struct masters *p;

	f->key_there = pushkey_find(&keys, c, &fail) == 1;
	pushkey_close(&keys);
	p = masters_open(c, MASTERS_READ, DEADLINE_NEVER, &fail);
	f->pins_read = p != NULL;
	if (p == NULL) {
		snprintf(f->pins_why, sizeof(f->pins_why), "%s", fail.text);
		return;
	}
	f->pins_stale = masters_stale(p);
	f->keys_here = (unsigned)masters_keys(p);
	for (size_t i = 0; i < c->masters.n && i < FACTS_MASTERS; i++) {
		const struct register_state *s = masters_state(p, c->masters.v[i]);

		f->master[i].taken = s != NULL ? s->taken : 0;
		f->master[i].port = s != NULL ? s->port : 0;
	}
	masters_close(p);
}

static void look_at_log(const struct node_config *c, struct facts *f)
{
	char *path = spool_path(c);
	struct log *l = path != NULL ? log_open(path, LOG_PEEK) : NULL;
	struct log_frame frame;
	struct buf scratch = BUF_INIT(FRAME_MAX);
	const uint8_t *raw;
	const char *why;
	struct record r;
	size_t at = 0;

	if (path == NULL || statvfs(path, &f->room) == -1)
		statvfs(c->state, &f->room);
	f->log_there = l != NULL || errno != ENOENT;
	f->log_good = l != NULL;
	if (l == NULL) {
		snprintf(f->log_why, sizeof(f->log_why), "%s", strerror(errno));
	} else {
		f->first = log_first(l);
		f->next = log_next(l);
		f->size = log_size(l);
		f->acked = log_acked(path);
		if (f->acked < f->first)
			f->acked = f->first;
		if (log_seek(l, f->acked) == 0 && log_read(l, &frame) == 1 &&
		    (raw = frame_body(&frame.head, frame.data, &scratch, &why)) != NULL &&
		    record_next(raw, frame.head.raw_len, &at, &r) == 0)
			f->oldest_ns = r.time_ns;
	}
	log_close(l);
	buf_free(&scratch);
	free(path);
}

static int gather(void *arg)
{
	struct job *j = arg;
	struct facts *f = j->facts;

	/* What the parts warn of is found again here, in the doctor's own
	 * words. */
	if (freopen("/dev/null", "w", stderr) == NULL || owner_become(j->config->state) == -1) {
		snprintf(f->why, sizeof(f->why), "working as the owner of %s: %s", j->config->state,
		    strerror(errno));
		return 1;
	}
	look_at_hash(j->config, f);
	look_at_pins(j->config, f);
	contact_read(j->config, &f->contact);
	look_at_log(j->config, f);
	f->gathered = true;
	return 0;
}

void facts_gather(struct facts *f, const struct node_config *c)
{
	struct job j = { .config = c, .facts = worker_memory(sizeof(*f)) };
	int rc;

	*f = (struct facts){ .gathered = false };
	if (j.facts == NULL) {
		snprintf(f->why, sizeof(f->why), "out of memory");
		return;
	}
	if (!owner_is_us(c->state)) {
		snprintf(f->why, sizeof(f->why), "only root and the owner of %s can look at it",
		    c->state);
		munmap(j.facts, sizeof(*f));
		return;
	}
	rc = worker_run(gather, &j, FACTS_SECONDS);
	*f = *j.facts;
	munmap(j.facts, sizeof(*f));
	if (!f->gathered && f->why[0] == '\0')
		snprintf(f->why, sizeof(f->why), "looking at %s ended with %d", c->state, rc);
}
