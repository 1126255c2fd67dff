/* SPDX-License-Identifier: ISC */
/*
 * Frames from FROM to END: unsealed, checked, appended, counted, acknowledged.
 * A thread appends one while the next is received; what is acknowledged is
 * always what is durable.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/start.h"
#include "common/log/frame.h"
#include "master/receive.h"
#include "master/receive_impl.h"

#include "common/base/banned.h"

static int append_frame(void *arg)
{
	struct receiver *t = arg;

	return store_archive_append(
	    t->archive, (const uint8_t *)t->appending.data, t->appending.len);
}

void receive_frames_begin(struct receiver *t)
{
	t->from = t->next = t->durable = store_archive_next(t->archive);
	t->data = (struct buf)BUF_INIT(FRAME_MAX + SEAL_EXTRA);
	t->appending = (struct buf)BUF_INIT(FRAME_MAX + SEAL_EXTRA);
	t->scratch = (struct buf)BUF_INIT(FRAME_MAX);
	stage_init(&t->append, append_frame, t);
	t->append.alone = !t->r->overlap;
}

/* --- Storing --- */

/* For want of room there is more to say than errno has. */
static int not_stored(struct receiver *t)
{
	char text[STORE_ROOM_MAX];
	struct store_room room;

	if (errno != ENOSPC || store_archive_room(t->archive, &room) == -1)
		return receive_store_failed(t, "storing records");
	if (store_room_text(&room, text) == NULL)
		snprintf(text, sizeof(text), "%s", strerror(ENOSPC));
	return fail_set(&t->r->fail, ERR_STORE, EX_TEMPFAIL, "storing records: %s", text);
}

static void count_gap(struct receiver *t, uint64_t from, uint64_t to)
{
	char which[RANGE_MAX];

	t->totals.gaps++;
	t->totals.lost += to - from;
	t->totals.gap_from = from;
	t->totals.gap_to = to;
	msg_warn("node %s: %s %s lost", t->r->name, num_show_range(which, "record", from, to),
	    to - from == 1 ? "is" : "are");
}

/* The frame that was being appended is durable. */
static void count_stored(struct receiver *t)
{
	struct totals *all = &t->totals, *a = &t->adding;

	if (a->records == 0)
		return;
	if (a->gaps > 0)
		count_gap(t, a->gap_from, a->gap_to);
	if (all->records == 0 || a->oldest_ns < all->oldest_ns)
		all->oldest_ns = a->oldest_ns;
	all->records += a->records;
	all->bytes += a->bytes;
	if (a->newest_ns > all->newest_ns)
		all->newest_ns = a->newest_ns;
	t->stored += t->appending.len;
	t->durable = store_archive_next(t->archive);
	t->begun = store_archive_begun(t->archive);
	*a = (struct totals){ 0 };
}

/* Waits until every frame taken is durable. */
static int settle_append(struct receiver *t)
{
	if (stage_wait(&t->append) == -1)
		return not_stored(t);
	count_stored(t);
	return 0;
}

void receive_frames_end(struct receiver *t)
{
	if (stage_wait(&t->append) == 0)
		count_stored(t);
	stage_end(&t->append);
	buf_free(&t->data);
	buf_free(&t->appending);
	buf_free(&t->scratch);
}

static struct totals frame_totals(
    const struct receiver *t, const struct frame *f, const uint8_t *raw)
{
	struct totals sum = { .records = f->count };
	struct record rec;
	size_t at = 0;

	for (uint32_t n = 0; n < f->count; n++) {
		record_next(raw, f->raw_len, &at, &rec);
		sum.bytes += rec.len;
		if (rec.time_ns > sum.newest_ns)
			sum.newest_ns = rec.time_ns;
		if (n == 0 || rec.time_ns < sum.oldest_ns)
			sum.oldest_ns = rec.time_ns;
	}
	if (f->seq > t->next) {
		sum.gaps = 1;
		sum.gap_from = t->next;
		sum.gap_to = f->seq;
	}
	return sum;
}

/* Checks the frame in t->data and begins to append it. */
static int store_frame(struct receiver *t)
{
	struct fail *fail = &t->r->fail;
	struct buf frame = t->data;
	const char *why = "";
	const uint8_t *raw;
	struct totals adds;
	struct frame head;

	if (!frame_check(&head, (const uint8_t *)frame.data, frame.len, &t->said.id))
		return fail_set(fail, ERR_PROTO, EX_PROTOCOL, "no valid frame");
	if (head.seq < t->next || frame_end(&head) > t->said.next)
		return fail_set(fail, ERR_PROTO, EX_PROTOCOL, "a frame out of order");
	raw = frame_body(&head, (const uint8_t *)frame.data, &t->scratch, &why);
	if (raw == NULL)
		return fail_set(fail, ERR_PROTO, EX_PROTOCOL, "%s", why);
	adds = frame_totals(t, &head, raw);
	if (settle_append(t) == -1)
		return -1;
	t->data = t->appending;
	t->appending = frame;
	t->adding = adds;
	t->next = frame_end(&head);
	return stage_go(&t->append) == -1 ? not_stored(t) : 0;
}

/*
 * Records before `seq` will never come: a gap, unless they have come already.
 */
static int store_gap(struct receiver *t, uint64_t seq)
{
	if (settle_append(t) == -1)
		return -1;
	if (seq <= t->durable)
		return 0;
	if (store_archive_jump(t->archive, seq) == -1)
		return not_stored(t);
	count_gap(t, t->durable, seq);
	t->next = t->durable = seq;
	return 0;
}

/* Trims the node's logs whenever a segment begins: a session may be long. */
static int keep_quota(struct receiver *t)
{
	if (t->begun == t->trimmed)
		return 0;
	if (settle_append(t) == -1)
		return -1;
	t->trimmed = t->begun;
	if (store_archive_trim(t->r->store, t->r->name, &t->said.id, t->archive, &t->early) == -1)
		return receive_store_failed(t, "trimming the archive");
	return 0;
}

/* --- Acknowledging --- */

static int say_ack(struct receiver *t)
{
	char line[WIRE_LINE_MAX];

	snprintf(line, sizeof(line), "ACK %" PRIu64, t->durable);
	t->acked_stored = t->stored;
	if (receive_say(t, line, sizeof(line)) == -1)
		return broken(t, "acknowledging");
	t->acked = t->durable;
	return 0;
}

/* Storing failed, as r->fail says. Acknowledges what is durable. */
static int end_stored(struct receiver *t)
{
	struct fail why = t->r->fail;

	if (why.code == ERR_STORE && t->durable > t->acked && t->durable > t->from)
		say_ack(t);
	t->r->fail = why;
	return session_tell(&t->w, &t->r->fail);
}

/* Acknowledges every so often, and when the node may be waiting for it. */
static int ack_if_due(struct receiver *t)
{
	bool more = wire_has_input(&t->w);

	if (!more && settle_append(t) == -1)
		return end_stored(t);
	return !more || t->stored - t->acked_stored >= ACK_EVERY ? say_ack(t) : 0;
}

static bool is_over(const struct receiver *t)
{
	return t->w.ends_in_time && start_is_over();
}

/* There is no time for more. The next session goes on from the last ACK. */
static int end_in_time(struct receiver *t)
{
	char count[RANGE_MAX];

	t->w.ends_in_time = false;
	if (settle_append(t) == -1)
		return end_stored(t);
	if (t->durable > t->from && say_ack(t) == 0)
		wire_drain(&t->w);
	return fail_set(&t->r->fail, ERR_NONE, EX_TEMPFAIL,
	    "the session was ended because it took too long; %s left: the next one continues",
	    num_show_count(count, t->said.next - t->durable, "record"));
}

/* --- The session from FROM on --- */

static int take_data(struct receiver *t, uint64_t told)
{
	size_t len = (size_t)told;

	if (told > FRAME_MAX + SEAL_EXTRA)
		return refuse(t, ERR_TOOLARGE, EX_PROTOCOL, "a frame of %" PRIu64 " bytes", told);
	if (told < FRAME_HEADER + FRAME_TRAILER + SEAL_EXTRA)
		return refuse(t, ERR_PROTO, EX_PROTOCOL, "a frame of %" PRIu64 " bytes", told);
	buf_reset(&t->data);
	if (buf_reserve(&t->data, len) == -1)
		return refuse(t, ERR_STORE, EX_OSERR, "out of memory");
	if (wire_get(&t->w, t->data.data, len) == -1)
		return is_over(t) ? end_in_time(t) : broken(t, "receiving records");
	if (!unseal((uint8_t *)t->data.data, len, t->count++, t->key))
		return refuse(
		    t, ERR_AUTH, EX_NOPERM, "a frame that the node did not seal for this session");
	t->data.len = len - SEAL_EXTRA;
	wire_take_in(&t->w);
	if (store_frame(t) == -1 || keep_quota(t) == -1)
		return end_stored(t);
	return ack_if_due(t);
}

/*
 * END is not sealed, so it must be what the sealed frames, or the proved NODE
 * line, say already. Otherwise an attacker in between could make us skip
 * records.
 */
static int take_end(struct receiver *t, uint64_t end)
{
	uint64_t right = t->count > 0 || t->said.first < t->next ? t->next : t->said.first;
	char count[RANGE_MAX];

	if (end != right)
		return refuse(t, ERR_PROTO, EX_PROTOCOL,
		    "END %" PRIu64 " where %" PRIu64 " was due", end, right);
	if (store_gap(t, end) == -1)
		return end_stored(t);
	receive_step(
	    t, "%s received and stored", num_show_count(count, t->totals.records, "record"));
	/* A node may be gone once its last frame was acknowledged. */
	if (say_ack(t) == -1 && t->acked != end)
		return -1;
	receive_step(t, "acknowledged up to record %" PRIu64, end - 1);
	wire_drain(&t->w); /* the node closes first */
	return 0;
}

int receive_frames(struct receiver *t)
{
	for (;;) {
		char line[WIRE_LINE_MAX];
		uint64_t n;
		int rc = wire_get_line(&t->w, line);

		if (rc == 0 && t->count == 0 && t->r->direction == DIRECTION_PUSH) {
			t->r->looked = true;
			return fail_set(&t->r->fail, ERR_NONE, EX_TEMPFAIL, "the node only probed");
		}
		if (rc == 0)
			errno = ECONNRESET;
		if (is_over(t))
			return end_in_time(t);
		if (rc != 1)
			return broken(t, "waiting for records");
		if (number_line_parse("END", line, false, SEQ_END - 1, &n) == 0)
			return take_end(t, n);
		if (number_line_parse("DATA", line, false, INT64_MAX, &n) == -1)
			return receive_unexpected(t, line);
		if (take_data(t, n) == -1)
			return -1;
	}
}
