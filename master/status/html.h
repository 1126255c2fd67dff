/* SPDX-License-Identifier: ISC */
/*
 * The page of `bijk-master status --html`: one static file, without scripts and
 * without anything from elsewhere. Rows come in the order of names; what is
 * not ok is shown first. No I/O.
 */
#ifndef BIJK_STATUS_HTML_H
#define BIJK_STATUS_HTML_H

#include "common/base/buf.h"
#include "master/feed/lag.h"
#include "master/status/advice.h"
#include "master/status/row.h"

struct page {
	const struct status_master *master;
	/* Of each word: how many, and their rows; `remarks` are ok, with notes. */
	size_t n[STATUS_WORDS], remarks;
	struct buf rows[STATUS_WORDS], remarked;
	/* All feeds, and those of which the last run failed. */
	size_t bad_feeds;
	struct buf feeds, alerts;
};

void page_begin(struct page *p, const struct status_master *m);
void page_row(struct page *p, const struct status_row *r);
void page_feed(struct page *p, const struct feed_lag *l);
/* The whole page, to be freed; buf_ok() says whether there was memory for it. p is
 * over. */
struct buf page_end(struct page *p);

#endif
