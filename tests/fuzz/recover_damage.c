/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/recover_damage.h"

#include <stdlib.h>
#include <string.h>

#include "common/log/frame.h"
#include "common/log/segment.h"

#include "common/base/banned.h"

void damaged_load(struct damaged *v, const struct tree *t)
{
	v->from = t;
	v->n = t->n;
	require(t->n <= SEGMENTS);
	for (size_t i = 0; i < t->n; i++) {
		struct segment_file *s = &v->v[i];
		size_t len = t->v[i].data.len;

		*s = (struct segment_file){ .data = BUF_INIT(1 << 20),
			.touched = BUF_INIT(1 << 20) };
		require(segment_name_parse(t->v[i].path, &s->first));
		buf_add(&s->data, t->v[i].data.data, len);
		require(buf_reserve(&s->touched, len) == 0);
		memset(s->touched.data, 0, len);
		s->touched.len = len;
	}
}

void damaged_free(struct damaged *v)
{
	for (size_t i = 0; i < v->n; i++) {
		buf_free(&v->v[i].data);
		buf_free(&v->v[i].touched);
	}
}

static void overwrite(struct segment_file *s, size_t at, const uint8_t *with, size_t len)
{
	for (size_t i = 0; i < len && at + i < s->data.len; i++) {
		if ((uint8_t)s->data.data[at + i] == with[i])
			continue;
		s->data.data[at + i] = (char)with[i];
		s->touched.data[at + i] = 1;
	}
}

static void extend(struct segment_file *s, const uint8_t *with, size_t len)
{
	char one = 1;

	buf_add(&s->data, with, len);
	for (size_t i = 0; i < len; i++)
		buf_add(&s->touched, &one, 1);
}

/* Frame number k of the segment, as it was, stands behind its end once more. */
static void repeat(struct segment_file *s, const struct buf *was, size_t k)
{
	size_t at = SEGMENT_HEADER;
	struct frame f;

	while (at < was->len) {
		require(frame_header(&f, (const uint8_t *)was->data + at) == 0);
		if (k-- == 0) {
			extend(s, (const uint8_t *)was->data + at, frame_len(&f));
			s->copied = true;
			return;
		}
		at += frame_len(&f);
	}
}

void damage(struct damaged *v, struct input *in)
{
	static const uint8_t zeros[65536];
	unsigned letter = input_byte(in);
	struct segment_file *s = &v->v[input_byte(in) % v->n];
	size_t at = letter == 'R' ? 0 : input_u16(in), len = 1;
	const uint8_t *from;
	uint8_t byte;

	if (letter >= 'a' && letter <= 'z') {
		letter -= 'a' - 'A';
		at = at < s->data.len ? s->data.len - 1 - at : 0;
	}
	switch (letter) {
	case 'F':
		if (at >= s->data.len)
			break;
		byte = (uint8_t)((uint8_t)s->data.data[at] ^ 1u << (input_byte(in) & 7));
		overwrite(s, at, &byte, 1);
		break;
	case 'W':
		len = input_byte(in);
		from = input_take(in, &len);
		overwrite(s, at, from, len);
		break;
	case 'G':
		len = input_byte(in);
		from = input_take(in, &len);
		extend(s, from, len);
		break;
	case 'Z': overwrite(s, at, zeros, input_u16(in)); break;
	case 'X': extend(s, zeros, input_u16(in)); break;
	case 'T':
		if (at < s->data.len)
			s->data.len = s->touched.len = at;
		break;
	case 'C':
		byte = (uint8_t)input_byte(in);
		len = (size_t)byte << 8 | input_byte(in);
		from = (const uint8_t *)s->data.data;
		if (len < s->data.len && at < s->data.len) {
			size_t most = s->data.len - (len > at ? len : at);
			uint8_t *copy = malloc(most + 1);
			require(copy != NULL);
			memcpy(copy, from + len, most);
			len = input_u16(in);
			overwrite(s, at, copy, len < most ? len : most);
			free(copy);
			s->copied = true;
		}
		break;
	case 'D': repeat(s, &v->from->v[s - v->v].data, at); break;
	case 'R': s->removed = true; break;
	default: break;
	}
}

void damaged_store(const struct damaged *v, const char *dir)
{
	struct tree t = { .n = 0 };
	struct tree_file files[SEGMENTS];

	t.v = files;
	for (size_t i = 0; i < v->n; i++) {
		if (!v->v[i].removed)
			files[t.n++] =
			    (struct tree_file){ .path = v->from->v[i].path, .data = v->v[i].data };
	}
	tree_write(&t, dir);
}
