/* SPDX-License-Identifier: ISC */
#include "master/status/prom.h"

#include "common/base/prom.h"

#include "common/base/banned.h"

enum {
	BUILD,
	NODES,
	STATUS,
	CONTACT,
	NEWEST,
	RECORDS,
	BYTES,
	BACKLOG,
	GAPS,
	LOST,
	REMOVED_EARLY,
	SKEW,
	FAILURES,
	DAMAGED,
	FREE,
	MIN_FREE,
	FREE_INODES,
	MIN_INODES,
	READ_ONLY,
	FEED_LAG,
	FEED_OLDEST,
	FEED_MISSED,
	FEED_CONFIRMED,
	FEED_REJECTED,
	FEED_SUCCESS,
	FEED_FAILING,
	METRICS
};

static struct prom_metric of_master[METRICS] = {
	[BUILD] = PROM_METRIC("bijk_build_info", "The version of Bijk; the value is always 1."),
	[NODES] = PROM_METRIC("bijk_nodes", "Nodes with this status."),
	[STATUS] =
	    PROM_METRIC("bijk_node_status", "The status of the node; the value is always 1."),
	[CONTACT] = PROM_METRIC(
	    "bijk_node_last_contact_timestamp_seconds", "When the last good session ended."),
	[NEWEST] = PROM_METRIC("bijk_node_newest_record_timestamp_seconds",
	    "Time of the newest record, by the clock of the master."),
	[RECORDS] = PROM_METRIC("bijk_node_received_records_total", "Records received."),
	[BYTES] = PROM_METRIC("bijk_node_received_bytes_total", "Bytes of payload received."),
	[BACKLOG] = PROM_METRIC("bijk_node_backlog_records",
	    "Records that the node still had when the last session ended."),
	[GAPS] = PROM_METRIC("bijk_node_gaps", "Gaps in the records, not acknowledged yet."),
	[LOST] = PROM_METRIC("bijk_node_lost_records", "Records in these gaps."),
	[REMOVED_EARLY] = PROM_METRIC("bijk_node_removed_early_records",
	    "Records removed because of archive.max_size, not acknowledged yet."),
	[SKEW] = PROM_METRIC(
	    "bijk_node_clock_skew_seconds", "The clock of the node less the clock of the master."),
	[FAILURES] = PROM_METRIC("bijk_node_failures", "Failed sessions in a row."),
	[DAMAGED] = PROM_METRIC(
	    "bijk_node_damaged", "1 if the records on the master were found damaged, else 0."),
	[FREE] = PROM_METRIC(
	    "bijk_store_free_bytes", "Free space of the file system that has the records."),
	[MIN_FREE] = PROM_METRIC("bijk_store_min_free_bytes",
	    "archive.min_free: with less free space no record is accepted."),
	[FREE_INODES] = PROM_METRIC(
	    "bijk_store_free_inodes", "Free inodes of the file system that has the records."),
	[MIN_INODES] = PROM_METRIC(
	    "bijk_store_min_free_inodes", "With fewer free inodes no record is accepted."),
	[FEED_LAG] = PROM_METRIC("bijk_feed_lag_records", "Records that the feed lacks."),
	[FEED_OLDEST] = PROM_METRIC(
	    "bijk_feed_oldest_waiting_timestamp_seconds", "Time of the oldest of these records."),
	[FEED_MISSED] = PROM_METRIC(
	    "bijk_feed_missed_records", "Records that were removed before the feed had them."),
	[FEED_CONFIRMED] =
	    PROM_METRIC("bijk_feed_confirmed_records_total", "Records that the feed delivered."),
	[FEED_REJECTED] = PROM_METRIC(
	    "bijk_feed_rejected_batches", "Batches that were refused by the command and are kept."),
	[FEED_SUCCESS] = PROM_METRIC("bijk_feed_last_success_timestamp_seconds",
	    "When the last run without a failure ended."),
	[FEED_FAILING] =
	    PROM_METRIC("bijk_feed_failing", "1 if the last run of the feed failed, else 0."),
	[READ_ONLY] = PROM_METRIC("bijk_store_read_only",
	    "1 if the file system that has the records is read-only, else 0."),
};

static uint64_t with_status[STATUS_OFF + 1];

void status_prom_master(const struct status_master *m)
{
	const struct store_room *r = &m->room;

	prom_add(
	    &of_master[BUILD], 1, PROM_LABELS("program", "bijk-master", "version", BIJK_VERSION));
	if (!m->has_room)
		return;
	prom_count(&of_master[FREE], r->free, NULL);
	prom_count(&of_master[MIN_FREE], r->min_free, NULL);
	prom_add(&of_master[READ_ONLY], r->read_only, NULL);
	if (r->min_inodes == 0)
		return;
	prom_count(&of_master[FREE_INODES], r->inodes, NULL);
	prom_count(&of_master[MIN_INODES], r->min_inodes, NULL);
}

void status_prom_row(const struct status_row *r)
{
	const struct node_state *st = &r->state;
	const char *const *node = PROM_LABELS("node", r->node.name);

	with_status[r->word]++;
	prom_add(&of_master[STATUS], 1,
	    PROM_LABELS("node", r->node.name, "status", status_name(r->word)));
	if (!r->readable)
		return;
	if (st->contact != 0) {
		prom_add(&of_master[CONTACT], st->contact, node);
		prom_add(&of_master[SKEW], st->skew, node);
	}
	if (st->newest_ns != 0)
		prom_add(&of_master[NEWEST], st->newest_ns / 1000000000 - st->skew, node);
	prom_count(&of_master[RECORDS], st->records, node);
	prom_count(&of_master[BYTES], st->bytes, node);
	prom_count(&of_master[BACKLOG], st->left, node);
	prom_count(&of_master[GAPS], st->gaps, node);
	prom_count(&of_master[LOST], st->lost, node);
	prom_count(&of_master[REMOVED_EARLY], st->cut_records, node);
	prom_count(&of_master[FAILURES], st->failures, node);
	prom_add(&of_master[DAMAGED], st->damaged != 0, node);
}

void status_prom_feed(const struct feed_lag *l, int64_t now)
{
	const struct feed_state *st = &l->state;
	const char *const *feed = PROM_LABELS("feed", l->name);

	prom_count(&of_master[FEED_LAG], l->lag, feed);
	if (l->oldest >= 0)
		prom_add(&of_master[FEED_OLDEST], now - l->oldest, feed);
	prom_count(&of_master[FEED_MISSED], l->missed, feed);
	prom_count(&of_master[FEED_CONFIRMED], st->records, feed);
	prom_count(&of_master[FEED_REJECTED], l->rejects, feed);
	if (st->success != 0)
		prom_add(&of_master[FEED_SUCCESS], st->success, feed);
	prom_add(&of_master[FEED_FAILING], st->reason[0] != '\0', feed);
}

int status_prom_print(FILE *out)
{
	for (int w = STATUS_OK; w <= STATUS_OFF; w++)
		prom_count(&of_master[NODES], with_status[w],
		    PROM_LABELS("status", status_name((enum status_word)w)));
	return prom_print(of_master, METRICS, out);
}
