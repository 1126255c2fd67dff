/* SPDX-License-Identifier: ISC */
#include "tests/cut/exchange_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/log/log.h"
#include "master/store/store.h"
#include "tests/cut/plan.h"

#include "common/base/banned.h"

/* --- What is there afterwards --- */

static char *spool_of(const struct trial *t)
{
	char *p = path_join(t->node_config.state, "spool");

	if (p == NULL)
		die(EX_OSERR, "out of memory");
	return p;
}

char *exchange_archive(const struct trial *t, int *count)
{
	struct store *s = store_open(&t->master_config);
	struct log_id *ids = NULL;
	char *path = NULL;

	*count = s == NULL ? -1 : store_logs(s, EXCHANGE_NODE, &ids);
	if (*count > 0)
		path = store_log_path(s, EXCHANGE_NODE, &ids[0]);
	free(ids);
	store_close(s);
	return path;
}

uint64_t exchange_next(const struct trial *t)
{
	int count;
	char *path = exchange_archive(t, &count);
	struct log *l = path == NULL ? NULL : log_open(path, LOG_PEEK);
	uint64_t next = l == NULL ? 1 : log_next(l);

	log_close(l);
	free(path);
	return next;
}

static void judge_all(struct trial *t)
{
	char said[512] = "";
	FILE *f = fmemopen(said, sizeof(said) - 1, "w");
	struct judge j;
	uint64_t faults;
	int count;
	char *path = exchange_archive(t, &count);

	if (count != 1)
		trial_fault(t, "%d logs in the archive", count);
	if (f == NULL || judge_begin(&j, &t->world->journal, JUDGE_GAPS, f) == -1)
		die(EX_OSERR, "out of memory");
	if (path != NULL && judge_log(&j, path) == -1)
		trial_fault(t, "the archive cannot be read: %s", strerror(errno));
	faults = judge_end(&j);
	fclose(f);
	if (faults > 0)
		trial_fault(t, "%s", said);
	/* A gap hides nothing: each record is there. */
	if (j.records != plan_facts.records)
		trial_fault(t, "%" PRIu64 " records of %" PRIu64 " are there", j.records,
		    plan_facts.records);
	if (exchange_next(t) != plan_facts.next)
		trial_fault(t, "the archive ends at %" PRIu64, exchange_next(t));
	free(path);
}

/* --- The cut --- */

/* The highest position that the node was told. */
static uint64_t told(const struct link *l)
{
	const struct stream *s = &l->said[DOWN];
	struct piece p;
	uint64_t n = 1;

	if (stream_count(s, s->passed, WORD_FROM, &p) > 0)
		n = p.number;
	if (stream_count(s, s->passed, WORD_ACK, &p) > 0 && p.number > n)
		n = p.number;
	return n;
}

/* The position behind the last frame that the master was given whole. */
static uint64_t given(const struct link *l)
{
	const struct stream *s = &l->said[UP];
	struct piece p;
	size_t n = stream_count(s, s->passed, WORD_DATA, &p);

	return n == 0 ? 1 : plan_facts.ends[n - 1];
}

bool exchange_end_passed(const struct link *l)
{
	const struct stream *s = &l->said[UP];
	struct piece p;

	return stream_count(s, s->passed, WORD_END, &p) > 0;
}

static void check_ended(struct trial *t, const char *who, const struct outcome *o)
{
	if (o->rc == -1 && o->exit_code != EX_TEMPFAIL)
		trial_fault(
		    t, "%s takes the cut for something else: %d, %s", who, o->exit_code, o->text);
}

static void check_positions(struct trial *t, uint64_t next)
{
	const struct outcome *node = t->node.outcome, *master = t->master.outcome;
	char *spool = spool_of(t);
	uint64_t acked = log_acked(spool), seen = told(&t->link), whole = given(&t->link);
	struct log *l = log_open(spool, LOG_PEEK);

	if (node->rc == 0 && seen != plan_facts.next)
		trial_fault(t, "the node takes the session for good, told only %" PRIu64, seen);
	if (master->rc == 0 && !exchange_end_passed(&t->link) && t->cut.how != CUT_END)
		trial_fault(t, "the master takes the session for good without END");
	if (t->cut.how == CUT_END && master->rc == 0 && t->cut.lie != whole)
		trial_fault(t, "the master believes END %" PRIu64, t->cut.lie);
	if (acked > seen)
		trial_fault(t, "the node freed up to %" PRIu64 ", told only %" PRIu64, acked, seen);
	if (l == NULL)
		trial_fault(t, "the spool cannot be opened");
	else if (log_first(l) > seen)
		trial_fault(
		    t, "the spool begins at %" PRIu64 ", told only %" PRIu64, log_first(l), seen);
	if (next < seen)
		trial_fault(
		    t, "the node was told %" PRIu64 ", the master holds to %" PRIu64, seen, next);
	if (next > whole)
		trial_fault(
		    t, "the master went to %" PRIu64 ", given only to %" PRIu64, next, whole);
	/* What came whole is kept, if the master could go on reading. */
	if (next < whole && (t->cut.how == CUT_FIN || t->cut.how == CUT_END))
		trial_fault(t, "the master keeps to %" PRIu64 " of %" PRIu64, next, whole);
	log_close(l);
	free(spool);
}

/* --- The session afterwards --- */

static void check_state(struct trial *t)
{
	struct store *s = store_open(&t->master_config);
	struct node_state st;

	if (s == NULL || store_state(s, EXCHANGE_NODE, &st) == -1)
		trial_fault(t, "the state cannot be read");
	else if (st.records != plan_facts.records || st.gaps != plan_facts.gaps ||
	    st.lost != plan_facts.lost || st.left != 0)
		trial_fault(t,
		    "the state counts %" PRIu64 " records, %" PRIu64 " gaps of %" PRIu64
		    ", %" PRIu64 " left",
		    st.records, st.gaps, st.lost, st.left);
	store_close(s);
}

static void check_spool(struct trial *t)
{
	char *spool = spool_of(t);
	struct log *l = log_open(spool, LOG_PEEK);

	if (l == NULL || log_next(l) != plan_facts.next || log_first(l) != plan_facts.last)
		trial_fault(t, "the spool is not trimmed to its last segment");
	if (log_acked(spool) != plan_facts.next)
		trial_fault(t, "the node knows of %" PRIu64 " acknowledged", log_acked(spool));
	log_close(l);
	free(spool);
}

/* Nothing twice: what is sent now is what the master does not hold, and DATA only if there is any. */
static void check_sent(struct trial *t, uint64_t next)
{
	const struct stream *s = &t->link.said[UP];
	uint64_t left = plan_records_from(next);
	struct piece p;
	size_t frames = stream_count(s, s->len, WORD_DATA, &p);

	if (t->node.outcome->records != left || t->master.outcome->records != left ||
	    (frames == 0) != (left == 0))
		trial_fault(t,
		    "%" PRIu64 " records were missing, %" PRIu64 " are sent in %zu DATA, %" PRIu64
		    " stored",
		    left, t->node.outcome->records, frames, t->master.outcome->records);
}

void exchange_check_cut(struct trial *t, uint64_t next)
{
	check_ended(t, "the node", t->node.outcome);
	/* Only what is no honest cut may be called a breach of the protocol. */
	if (t->cut.how != CUT_END || t->master.outcome->code != ERR_PROTO)
		check_ended(t, "the master", t->master.outcome);
	check_positions(t, next);
}

void exchange_check_next(struct trial *t, uint64_t next)
{
	if (t->node.outcome->rc != 0)
		trial_fault(t, "the next session fails on the node: %s", t->node.outcome->text);
	if (t->master.outcome->rc != 0)
		trial_fault(t, "the next session fails on the master: %s", t->master.outcome->text);
	check_sent(t, next);
	judge_all(t);
	check_state(t);
	check_spool(t);
}
