/* SPDX-License-Identifier: ISC */
#include "master/store/node_state.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/base/num.h"

#include "common/base/banned.h"

enum sign { UNSIGNED, SIGNED };

/* What is a number of 64 bits, and where it stands. */
static const struct number {
	const char *key;
	size_t offset;
	enum sign sign;
} numbers[] = {
	{ "contact", offsetof(struct node_state, contact), SIGNED },
	{ "direction_since", offsetof(struct node_state, direction_since), SIGNED },
	{ "push_began", offsetof(struct node_state, push_began), SIGNED },
	{ "last_pull", offsetof(struct node_state, last_pull), SIGNED },
	{ "tried", offsetof(struct node_state, tried), SIGNED },
	{ "failures", offsetof(struct node_state, failures), UNSIGNED },
	{ "failed", offsetof(struct node_state, failed), SIGNED },
	{ "records", offsetof(struct node_state, records), UNSIGNED },
	{ "bytes", offsetof(struct node_state, bytes), UNSIGNED },
	{ "newest_ns", offsetof(struct node_state, newest_ns), SIGNED },
	{ "left", offsetof(struct node_state, left), UNSIGNED },
	{ "gaps", offsetof(struct node_state, gaps), UNSIGNED },
	{ "lost", offsetof(struct node_state, lost), UNSIGNED },
	{ "gap_from", offsetof(struct node_state, gap_from), UNSIGNED },
	{ "gap_to", offsetof(struct node_state, gap_to), UNSIGNED },
	{ "gap_time", offsetof(struct node_state, gap_time), SIGNED },
	{ "waited", offsetof(struct node_state, waited), SIGNED },
	{ "wait", offsetof(struct node_state, wait), UNSIGNED },
	{ "cut", offsetof(struct node_state, cut), SIGNED },
	{ "cut_records", offsetof(struct node_state, cut_records), UNSIGNED },
	{ "gaps_known", offsetof(struct node_state, gaps_known), UNSIGNED },
	{ "lost_known", offsetof(struct node_state, lost_known), UNSIGNED },
	{ "cut_bytes", offsetof(struct node_state, cut_bytes), UNSIGNED },
	{ "damaged", offsetof(struct node_state, damaged), SIGNED },
	{ "skew", offsetof(struct node_state, skew), SIGNED },
	{ "log_since", offsetof(struct node_state, log_since), SIGNED },
	{ "cloned", offsetof(struct node_state, cloned), SIGNED },
};

static bool get_direction(const struct fields *f, const char *key, enum direction *direction)
{
	const char *s = fields_get(f, key);

	for (int w = DIRECTION_PULL; s != NULL && w <= DIRECTION_PUSH; w++) {
		if (strcmp(s, direction_name((enum direction)w)) == 0) {
			*direction = (enum direction)w;
			return true;
		}
	}
	return false;
}

static bool get_log(const struct fields *f, const char *key, struct log_id *id)
{
	const char *s = fields_get(f, key);

	return s != NULL && hex_decode(id->b, sizeof(id->b), s);
}

static void get_text(const struct fields *f, const char *key, char *out, size_t size)
{
	const char *s = fields_get(f, key);

	snprintf(out, size, "%s", s != NULL ? s : "");
}

void node_state_from_fields(struct node_state *st, const struct fields *f)
{
	*st = (struct node_state){ .contact = 0 };
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int64_t v = fields_num(f, numbers[i].key, 0);
		if (v >= 0 || numbers[i].sign == SIGNED)
			memcpy((char *)st + numbers[i].offset, &v, sizeof(v));
	}
	/* What is known is a part of what there is. */
	if (st->gaps_known > st->gaps)
		st->gaps_known = st->gaps;
	if (st->lost_known > st->lost)
		st->lost_known = st->lost;
	st->has_direction = get_direction(f, "direction", &st->direction);
	get_direction(f, "failed_direction", &st->failed_direction);
	st->has_log = get_log(f, "log", &st->log);
	st->has_old_log = get_log(f, "old_log", &st->old_log);
	get_text(f, "reason", st->reason, sizeof(st->reason));
	get_text(f, "pulled_address", st->pulled_address, sizeof(st->pulled_address));
	get_text(f, "pull_key", st->pull_key, sizeof(st->pull_key));
	get_text(f, "log_address", st->log_address, sizeof(st->log_address));
	get_text(f, "old_log_address", st->old_log_address, sizeof(st->old_log_address));
}

static int set_log(struct fields *f, const char *key, const struct log_id *id)
{
	char hex[2 * LOG_ID_SIZE + 1];

	hex_encode(hex, id->b, sizeof(id->b));
	return fields_set(f, key, hex);
}

static int set_text(struct fields *f, const char *key, const char *s)
{
	return s[0] == '\0' ? 0 : fields_set(f, key, s);
}

int node_state_to_fields(const struct node_state *st, struct fields *f)
{
	int rc = 0;

	if (st->has_direction)
		rc |= fields_set(f, "direction", direction_name(st->direction));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int64_t v;
		memcpy(&v, (const char *)st + numbers[i].offset, sizeof(v));
		if (v < 0 && numbers[i].sign == UNSIGNED)
			v = INT64_MAX;
		if (v != 0)
			rc |= fields_set_num(f, numbers[i].key, v);
	}
	if (st->failed != 0)
		rc |= fields_set(f, "failed_direction", direction_name(st->failed_direction));
	rc |= set_text(f, "reason", st->reason);
	rc |= set_text(f, "pulled_address", st->pulled_address);
	rc |= set_text(f, "pull_key", st->pull_key);
	if (st->has_log)
		rc |= set_log(f, "log", &st->log);
	rc |= set_text(f, "log_address", st->log_address);
	if (st->has_old_log)
		rc |= set_log(f, "old_log", &st->old_log);
	rc |= set_text(f, "old_log_address", st->old_log_address);
	return rc == 0 ? 0 : -1;
}
