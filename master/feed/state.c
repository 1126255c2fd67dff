/* SPDX-License-Identifier: ISC */
#include "master/feed/state.h"

#include <stdio.h>

#include "common/base/fields.h"

#include "common/base/banned.h"

#define STATE_FILE ".state"

static uint64_t count_of(const struct fields *f, const char *key)
{
	int64_t v = fields_num(f, key, 0);

	return v > 0 ? (uint64_t)v : 0;
}

void feed_state_read(int feed, struct feed_state *st)
{
	struct fields f = { .n = 0 };
	const char *reason;

	fields_read(&f, feed, STATE_FILE);
	*st = (struct feed_state){ .records = count_of(&f, "records"),
		.batches = count_of(&f, "batches"),
		.rejected = count_of(&f, "rejected"),
		.refused = count_of(&f, "refused"),
		.all = fields_num(&f, "all", 0) == 1,
		.success = fields_num(&f, "success", 0),
		.failure = fields_num(&f, "failure", 0) };
	reason = fields_get(&f, "reason");
	snprintf(st->reason, sizeof(st->reason), "%s", reason != NULL ? reason : "");
	fields_free(&f);
}

int feed_state_write(int feed, const struct feed_state *st)
{
	struct fields f = { .n = 0 };
	int rc;

	fields_set_num(&f, "records", (int64_t)st->records);
	fields_set_num(&f, "batches", (int64_t)st->batches);
	fields_set_num(&f, "rejected", (int64_t)st->rejected);
	fields_set_num(&f, "refused", (int64_t)st->refused);
	fields_set_num(&f, "all", st->all);
	fields_set_num(&f, "success", st->success);
	fields_set_num(&f, "failure", st->failure);
	if (st->reason[0] != '\0')
		fields_set(&f, "reason", st->reason);
	rc = fields_write(&f, feed, STATE_FILE);
	fields_free(&f);
	return rc;
}
