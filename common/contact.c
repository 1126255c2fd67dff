/* SPDX-License-Identifier: ISC */
#include "common/contact.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/deadline.h"
#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define GRACE 30

/* What cannot be read is as if it were not there. */
static struct fields read_state(const struct node_config *c, const char *name)
{
	struct fields f = { .n = 0 };
	char *path = path_join(c->state, "state");
	int dir = path != NULL ? dir_open(AT_FDCWD, path) : -1;

	free(path);
	if (dir != -1)
		fields_read(&f, dir, name);
	close_fd(dir);
	return f;
}

/* Frees f. -1: errno. */
static int write_state(const struct node_config *c, const char *name, struct fields *f)
{
	int dir = state_dir(c, "state");
	int rc = dir != -1 ? fields_write(f, dir, name) : -1;

	close_fd(dir);
	fields_free(f);
	return rc;
}

static void get_name(const struct fields *f, const char *key, char out[NODE_NAME_MAX + 1])
{
	const char *s = fields_get(f, key);

	snprintf(out, NODE_NAME_MAX + 1, "%s", s != NULL && name_valid(s) ? s : "");
}

static void get_address(const struct fields *f, const char *key, char out[CONTACT_ADDRESS_MAX])
{
	const char *s = fields_get(f, key);

	snprintf(out, CONTACT_ADDRESS_MAX, "%s", s != NULL ? s : "");
}

static uint64_t get_count(const struct fields *f, const char *key)
{
	int64_t v = fields_num(f, key, 0);

	return v > 0 ? (uint64_t)v : 0;
}

/* --- Pulls by several masters: `pulls: NAME TIME NAME TIME ...` --- */

static void get_pulls(const struct fields *f, struct contact *k)
{
	const char *s = fields_get(f, "pulls");
	char *copy = s != NULL ? strdup(s) : NULL, *word[2 * CONTACT_PULLS];
	int n = copy != NULL ? text_split(copy, word, 2 * CONTACT_PULLS) : 0;

	for (int i = 0; i + 1 < n; i += 2) {
		struct pulled *p = &k->pulls[k->pulls_n];

		if (!name_valid(word[i]) || num_parse_signed(word[i + 1], &p->time) == -1)
			continue;
		memcpy(p->master, word[i], strlen(word[i]) + 1);
		k->pulls_n++;
	}
	free(copy);
}

static bool since(int64_t then, int64_t now, uint64_t seconds)
{
	return then > 0 && then <= now && (uint64_t)(now - then) < seconds;
}

/* This pull, and those before it that still count. */
static void set_pulls(
    struct fields *f, const struct node_config *c, const char *master, int64_t now)
{
	struct buf b = BUF_INIT(FIELDS_MAX);
	struct contact k;
	size_t n = 1;

	contact_read(c, &k);
	buf_addf(&b, "%s %" PRId64, master, now);
	for (size_t i = 0; i < k.pulls_n && n < CONTACT_PULLS; i++) {
		const struct pulled *p = &k.pulls[i];

		if (strcmp(p->master, master) == 0 || !since(p->time, now, c->pull_timeout))
			continue;
		buf_addf(&b, " %s %" PRId64, p->master, p->time);
		n++;
	}
	if (buf_ok(&b))
		fields_set(f, "pulls", b.data);
	buf_free(&b);
}

int contact_pulled(const struct node_config *c, const char *master)
{
	struct fields f = { .n = 0 };
	int64_t now = now_s();

	fields_set_num(&f, "time", now);
	fields_set(&f, "master", master);
	if (c->copies > 1)
		set_pulls(&f, c, master, now);
	return write_state(c, "last-pull", &f);
}

bool contact_pulled_by(
    int64_t now, const struct node_config *c, const struct contact *k, const char *master)
{
	for (size_t i = 0; c->copies > 1 && i < k->pulls_n; i++) {
		if (strcmp(k->pulls[i].master, master) == 0)
			return since(k->pulls[i].time, now, c->pull_timeout);
	}
	return false;
}

bool contact_may_renew(const struct node_config *c)
{
	struct fields f = read_state(c, "last-renewal");
	int64_t now = now_s(), last = fields_num(&f, "time", 0);

	fields_free(&f);
	return last <= 0 || last > now || now - last >= CONTACT_RENEWAL;
}

void contact_renewed(const struct node_config *c)
{
	struct fields f = { .n = 0 };

	fields_set_num(&f, "time", now_s());
	if (write_state(c, "last-renewal", &f) == -1)
		msg_warn("noting that the log was renewed: %s", strerror(errno));
}

void contact_read(const struct node_config *c, struct contact *k)
{
	struct fields pull = read_state(c, "last-pull"), push = read_state(c, "last-push");

	*k = (struct contact){ .last_pull = fields_num(&pull, "time", 0) };
	get_name(&pull, "master", k->pull_master);
	get_pulls(&pull, k);
	k->push_began = fields_num(&push, "began", 0);
	k->push_ended = fields_num(&push, "ended", 0);
	get_name(&push, "master", k->push_master);
	get_address(&push, "address", k->push_address);
	k->period = get_count(&push, "period");
	get_address(&push, "wait_address", k->wait_address);
	k->wait_until = fields_num(&push, "wait_until", 0);
	k->busy = get_count(&push, "busy");
	k->busy_until = fields_num(&push, "busy_until", 0);
	k->failures = get_count(&push, "failures");
	k->failed = fields_num(&push, "failed", 0);
	fields_free(&pull);
	fields_free(&push);
}

int contact_write_push(const struct node_config *c, const struct contact *k)
{
	struct fields f = { .n = 0 };

	fields_set_num(&f, "began", k->push_began);
	fields_set_num(&f, "ended", k->push_ended);
	fields_set(&f, "address", k->push_address);
	fields_set(&f, "master", k->push_master);
	fields_set_num(&f, "period", (int64_t)k->period);
	fields_set_num(&f, "wait_until", k->wait_until);
	fields_set(&f, "wait_address", k->wait_address);
	fields_set_num(&f, "busy", (int64_t)k->busy);
	fields_set_num(&f, "busy_until", k->busy_until);
	fields_set_num(&f, "failures", (int64_t)k->failures);
	fields_set_num(&f, "failed", k->failed);
	return write_state(c, "last-push", &f);
}

void contact_pushed(struct contact *k, int64_t began, int64_t now, const char *address,
    const char *master, uint64_t period)
{
	snprintf(k->push_address, sizeof(k->push_address), "%s", address);
	k->push_began = began;
	k->push_ended = now;
	k->period = period;
	k->wait_until = 0;
	k->busy = 0;
	k->busy_until = 0;
	k->failures = 0;
	snprintf(k->push_master, sizeof(k->push_master), "%s", master);
}

void contact_told_to_wait(struct contact *k, int64_t now, const char *address, uint64_t seconds)
{
	snprintf(k->wait_address, sizeof(k->wait_address), "%s", address);
	k->wait_until = now + (int64_t)(seconds < CONTACT_WAIT_MAX ? seconds : CONTACT_WAIT_MAX);
	k->busy = 0;
	k->busy_until = 0;
}

uint64_t contact_failures(const struct node_config *c, const struct contact *k)
{
	return c->mode == PUSH_NEVER || k->last_pull > k->failed ? 0 : k->failures;
}

void contact_failed(struct contact *k, int64_t now)
{
	k->failures = k->last_pull > k->failed ? 1 : k->failures + 1;
	k->failed = now;
}

void contact_busy(struct contact *k, int64_t now, uint32_t random)
{
	uint64_t distance = CONTACT_BUSY_MIN;

	for (uint64_t i = 0; i < k->busy && distance < CONTACT_BUSY_MAX; i++)
		distance *= 2;
	k->busy++;
	k->busy_until = now + (int64_t)(distance / 2 + random % (distance + 1));
}

uint64_t period_counts(uint64_t period)
{
	return period <= 2 * GRACE ? period / 2 : period - GRACE;
}

/* Is `until` in the future, and no further than anybody ever set it? */
static bool holds(int64_t until, int64_t now, int64_t most)
{
	return until > now && until - now <= most;
}

/* Have as many masters as must have a record pulled lately? */
static bool pulled_enough(int64_t now, const struct node_config *c, const struct contact *k)
{
	uint64_t n = 0, wanted = c->copies < c->masters.n ? c->copies : c->masters.n;

	if (wanted <= 1)
		return since(k->last_pull, now, c->pull_timeout);
	for (size_t i = 0; i < k->pulls_n; i++)
		n += since(k->pulls[i].time, now, c->pull_timeout);
	return n >= wanted;
}

static bool is_first(const struct node_config *c, const char *address)
{
	return c->masters.n > 0 && strcmp(c->masters.v[0], address) == 0;
}

enum push_due push_due(int64_t now, const struct node_config *c, const struct contact *k)
{
	uint64_t period = c->period;

	if (k->period > period && k->period <= PERIOD_MAX && is_first(c, k->push_address))
		period = k->period;
	if (c->mode == PUSH_NEVER)
		return PUSH_OFF;
	if (c->mode == PUSH_AUTO && pulled_enough(now, c, k))
		return PUSH_PULLED;
	if (since(k->push_began, now, period_counts(period)))
		return PUSH_TOO_EARLY;
	if (holds(k->wait_until, now, CONTACT_WAIT_MAX) && is_first(c, k->wait_address))
		return PUSH_WAIT;
	if (holds(k->busy_until, now, 2 * CONTACT_BUSY_MAX))
		return PUSH_BACK_OFF;
	return PUSH_DUE;
}

bool contact_pulls_come(const struct node_config *c)
{
	struct contact k;

	contact_read(c, &k);
	return push_due(now_s(), c, &k) == PUSH_PULLED;
}

const char *push_due_text(enum push_due d)
{
	static const char *const text[] = {
		[PUSH_DUE] = "a push is due",
		[PUSH_OFF] = "sender.mode is never: this node does not push",
		[PUSH_PULLED] = "no push is due: the masters pull this node",
		[PUSH_TOO_EARLY] = "no push is due: the period since the last one is not over",
		[PUSH_WAIT] = "no push is due: the master told this node to wait",
		[PUSH_BACK_OFF] = "no push is due: the masters were busy a moment ago",
	};

	return text[d];
}
