/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/receive_node.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log/bytes.h"
#include "common/log/log.h"
#include "tests/fuzz/records.h"

#include "common/base/banned.h"

const struct log_id held_id = { { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
    0xbb, 0xcc, 0xdd, 0xee, 0xff } };

static const char *greeting(struct hostile_node *v)
{
	size_t at = 0;

	if (v->greeting[0] == '\0')
		heard_line(v->script.peer, &at, v->greeting, sizeof(v->greeting));
	return v->greeting;
}

/* In a pull NODE may follow other bytes of its line. */
static const char *node_in(const struct hostile_node *v, const char *line, size_t len)
{
	const char *at = len > 5 ? memmem(line, len, "NODE ", 5) : NULL;

	return v->direction == DIRECTION_PULL && at != NULL ? at : line;
}

static void say_mac(struct hostile_node *v)
{
	const struct buf *line = &v->script.line;
	const char *from = line->len > 0 ? node_in(v, line->data, line->len) : "";
	size_t len = line->len > 0 ? line->len - (size_t)(from - line->data) : 0;
	char mac[MAC_HEX + 1];

	if (len > 0 && from[len - 1] == ' ')
		len--;
	proof_session(test_secret, v->direction, greeting(v), NULL, from, len, mac);
	script_says(&v->script, mac);
}

/* Would a right receiver store it? Then it is noted. */
static void note_sent(struct hostile_node *v, const struct buf *frame, bool flipped)
{
	struct buf scratch = BUF_INIT(FRAME_MAX);
	const uint8_t *p = (const uint8_t *)frame->data;
	const char *why;
	struct frame f;

	if (v->wrong || !v->proved)
		return;
	v->wrong = flipped || !frame_check(&f, p, frame->len, &v->node.id) || f.seq < v->next ||
	    frame_end(&f) > v->node.next || frame_body(&f, p, &scratch, &why) == NULL ||
	    v->n == SENT_MAX;
	buf_free(&scratch);
	if (v->wrong)
		return;
	v->sent[v->n].seq = f.seq;
	v->sent[v->n].end = v->next = frame_end(&f);
	v->sent[v->n].frame = (struct buf)BUF_INIT(FRAME_MAX);
	require(buf_add(&v->sent[v->n++].frame, p, frame->len) == 0);
}

/* Seals it as the next DATA, and says that. */
static void say_data(struct hostile_node *v, struct buf *frame)
{
	bool flipped = v->flip >= 0;
	char head[32];
	int n = snprintf(head, sizeof(head), "DATA %zu\n", frame->len + SEAL_EXTRA);

	note_sent(v, frame, flipped);
	require(buf_reserve(frame, SEAL_EXTRA) == 0);
	seal((uint8_t *)frame->data, frame->len, v->count++, v->key);
	frame->len += SEAL_EXTRA;
	if (flipped) {
		size_t bit = (size_t)v->flip * 97 % (frame->len * 8);
		frame->data[bit / 8] = (char)(frame->data[bit / 8] ^ 1 << bit % 8);
		v->flip = -1;
		reached(FLIPPED);
	}
	buf_reset(&v->last);
	buf_add(&v->last, head, (size_t)n);
	buf_add(&v->last, frame->data, frame->len);
	script_say(&v->script, head, (size_t)n);
	script_say_raw(&v->script, frame->data, frame->len);
}

static void say_given(struct hostile_node *v, bool mend)
{
	struct buf frame = BUF_INIT(1 << 20);
	size_t len = input_u16(&v->script.in);
	const uint8_t *given = input_take(&v->script.in, &len);
	size_t before = v->n;

	require(buf_reserve(&frame, len + 1) == 0);
	if (len > 0)
		buf_add(&frame, given, len);
	if (mend && len >= FRAME_HEADER + FRAME_TRAILER) {
		uint8_t *p = (uint8_t *)frame.data;
		memcpy(p, "BJF1", 4);
		put_u32(p + 4, (uint32_t)(len - FRAME_HEADER - FRAME_TRAILER));
		put_u32(p + len - FRAME_TRAILER, (uint32_t)len);
		frame_retag(p, len, &v->node.id);
	}
	say_data(v, &frame);
	if (v->n > before)
		reached(MADE_UP);
	buf_free(&frame);
}

static void say_good(struct hostile_node *v)
{
	struct buf frame = BUF_INIT(1 << 20);
	uint64_t seq = v->next + input_byte(&v->script.in) - 128;
	uint32_t count = input_byte(&v->script.in) % 8 + 1;

	if (seq < 1 || seq >= SEQ_END - count)
		seq = 1;
	frame_make(&frame, &v->node.id, seq, count,
	    input_byte(&v->script.in) & 1 ? FRAME_SMALL : FRAME_PLAIN);
	say_data(v, &frame);
	buf_free(&frame);
}

void hostile_node_op(struct script *s, unsigned op)
{
	struct hostile_node *v = (struct hostile_node *)s;
	char text[32];

	switch (op) {
	case SCRIPT_MAC: say_mac(v); break;
	case 2: say_given(v, false); break;
	case 3: say_given(v, true); break;
	case 4: say_good(v); break;
	case 5:
		snprintf(text, sizeof(text), "END %" PRIu64 "\n",
		    v->count > 0 || v->next > v->node.first ? v->next : v->node.first);
		script_says(s, text);
		break;
	case 7:
		if (v->last.len > 0) {
			script_say_raw(s, v->last.data, v->last.len);
			v->wrong = true;
			reached(REPLAYED);
		}
		break;
	case 8: v->flip = (int)input_byte(&s->in); break;
	default: break;
	}
}

void hostile_node_said(struct script *s, const char *line, size_t len)
{
	struct hostile_node *v = (struct hostile_node *)s;
	const char *from = node_in(v, line, len);
	size_t left = len - (size_t)(from - line);

	/* Behind END nothing is taken any more: the master reads what comes,
	 * and throws it away. */
	if (v->proved && len >= 4 && memcmp(line, "END ", 4) == 0)
		v->wrong = true;
	if (v->proved || left >= sizeof(v->node_line) || strnlen(from, left) != left)
		return;
	memcpy(v->node_line, from, left);
	v->node_line[left] = '\0';
	if (node_line_parse(&v->node, v->node_line) == -1 || strcmp(v->node.name, "off") == 0 ||
	    !proof_session_holds(test_secret, v->direction, greeting(v), NULL, v->node_line))
		return;
	v->proved = true;
	proof_session_key(test_secret, v->direction, v->greeting, v->node_line, v->key);
	v->from =
	    memcmp(&v->node.id, &held_id, sizeof(held_id)) == 0 && strcmp(v->node.name, "web7") == 0
	    ? HELD_NEXT
	    : v->node.base;
	v->next = v->from;
}

void hostile_node_free(struct hostile_node *v)
{
	for (size_t i = 0; i < v->n; i++)
		buf_free(&v->sent[i].frame);
	buf_free(&v->last);
	script_end(&v->script);
}
