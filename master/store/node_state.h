/* SPDX-License-Identifier: ISC */
/*
 * What the master remembers of a node from session to session. Small state: it may be lost, and is
 * then learned again. Times are seconds since 1970, 0 for never.
 */
#ifndef BIJK_STORE_NODE_STATE_H
#define BIJK_STORE_NODE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/fields.h"
#include "common/base/hostaddr.h"
#include "common/exchange/proof.h"
#include "common/names.h"

struct node_state {
	/* The last good session, and the direction. */
	int64_t contact; /* it ended then */
	bool has_direction;
	enum direction direction;
	int64_t direction_since;  /* when the direction last changed */
	int64_t push_began;	  /* the last good push began */
	int64_t last_pull;	  /* the last good pull ended */
	char pulled_address[256]; /* …and connected to there */
	char pull_key[64];	  /* fingerprint of the key of this master that it last took */
	/* The last try. */
	int64_t tried;			 /* when bijk-pull last tried */
	uint64_t failures;		 /* tries in a row that failed; 0 after a good session */
	char reason[512];		 /* why the last session failed; "" after a good one */
	int64_t failed;			 /* when that was */
	enum direction failed_direction; /* who pushes well may be out of reach for a pull */
	/* Records. */
	uint64_t records,
	    bytes;	     /* received, and not removed since: records, and bytes of payload */
	int64_t newest_ns;   /* time of the newest record, nanoseconds */
	uint64_t left;	     /* records the node still had when the last session ended */
	uint64_t gaps, lost; /* how many gaps, and records in them */
	uint64_t gap_from, gap_to; /* the last gap: [from, to) */
	int64_t gap_time;	   /* it was found then */
	int64_t skew;		   /* the node's clock less ours, seconds */
	int64_t waited;		   /* a push came too early then… */
	uint64_t wait;		   /* …and was told to wait so many seconds */
	int64_t cut;		   /* archive.max_size last took the oldest records away then… */
	uint64_t cut_records;	   /* …so many of them since somebody acknowledged it… */
	uint64_t cut_bytes;	   /* …of so many bytes, as they were stored */
	uint64_t gaps_known, lost_known; /* of gaps and lost: acknowledged */
	int64_t
	    damaged; /* its archive was last found damaged then; 0 once all of it was read well */
	/* Which log; two that alternate are a clone. */
	bool has_log, has_old_log;
	struct log_id log, old_log;
	char log_address[SOCK_ADDR_MAX], old_log_address[SOCK_ADDR_MAX];
	int64_t log_since; /* the log changed then */
	int64_t cloned;	   /* last time that it came back to the log before */
};

void node_state_from_fields(struct node_state *st, const struct fields *f);
int node_state_to_fields(const struct node_state *st, struct fields *f);

#endif
