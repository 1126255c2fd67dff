/* SPDX-License-Identifier: ISC */
/*
 * Small state: files of fields. First byte: bit 0: the rest is one value that
 * is kept; else it is a file. What was read and is written is read as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/fields.h"
#include "master/store/store.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { READ, NOTHING, KEPT, STATE };
static const char *const goals[] = { "fields read", "nothing read", "a value kept",
	"a node's state", NULL };

static bool same_fields(const struct fields *a, const struct fields *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->v[i].key, b->v[i].key) != 0 ||
		    strcmp(a->v[i].value, b->v[i].value) != 0)
			return false;
	}
	return true;
}

static void judge_state(const struct fields *f)
{
	struct fields out = { .n = 0 }, out2 = { .n = 0 };
	struct node_state st, again;

	node_state_from_fields(&st, f);
	require(memchr(st.reason, '\0', sizeof(st.reason)) != NULL);
	require(node_state_to_fields(&st, &out) == 0);
	node_state_from_fields(&again, &out);
	require(node_state_to_fields(&again, &out2) == 0);
	require(again.records == st.records && again.lost == st.lost && again.gaps == st.gaps &&
	    again.contact == st.contact && again.failures == st.failures && again.skew == st.skew);
	if (st.contact != 0)
		reached(STATE);
	fields_free(&out);
	fields_free(&out2);
}

static void judge_file(const char *text, size_t len)
{
	struct fields f = { .n = 0 }, again = { .n = 0 };
	struct buf out = BUF_INIT(1 << 20);

	require(fields_parse(&f, text, len) == 0);
	require(fields_format(&f, &out) == 0);
	require(fields_parse(&again, out.data != NULL ? out.data : "", out.len) == 0);
	require(same_fields(&f, &again));
	for (size_t i = 0; i < f.n; i++) {
		require(fields_get(&f, f.v[i].key) == f.v[i].value); /* no key twice */
		fields_num(&f, f.v[i].key, 0);
	}
	judge_state(&f);
	reached(f.n > 0 ? READ : NOTHING);
	fields_free(&f);
	fields_free(&again);
	buf_free(&out);
}

/* Any text can be kept: it comes back, one line, its control characters
 * visible, and no other field. */
static void judge_value(const char *value)
{
	struct fields f = { .n = 0 }, again = { .n = 0 };
	struct buf out = BUF_INIT(1 << 20);
	const char *kept;

	require(fields_set(&f, "before", "1") == 0 && fields_set(&f, "key", value) == 0 &&
	    fields_set_num(&f, "after", -2) == 0);
	require(fields_format(&f, &out) == 0);
	require(fields_parse(&again, out.data, out.len) == 0);
	require(same_fields(&f, &again) && again.n == 3);
	require(fields_num(&again, "before", 0) == 1 && fields_num(&again, "after", 0) == -2);
	kept = fields_get(&again, "key");
	require(is_printable(kept, strlen(kept)));
	require(!is_printable(value, strlen(value)) || strcmp(kept, value) == 0);
	require(fields_set(&f, "key", kept) == 0 && strcmp(fields_get(&f, "key"), kept) == 0);
	reached(KEPT);
	fields_free(&f);
	fields_free(&again);
	buf_free(&out);
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	unsigned how = input_byte(&in);

	if ((how & 1) != 0) {
		char *value = input_string(&in);
		judge_value(value);
		free(value);
	} else {
		judge_file((const char *)in.at, in.left);
	}
}

const struct target target_state = { "state", goals, NULL, run };
