/* SPDX-License-Identifier: ISC */
/* The node's log, its limits, and the locks of its sessions and commands. */
#ifndef BIJK_LOG_SPOOL_H
#define BIJK_LOG_SPOOL_H

#include "common/base/sandbox.h"
#include "common/config.h"
#include "common/log/log.h"

/* The path of the spool, to be freed; NULL: no memory. */
char *spool_path(const struct node_config *c);
/* Opened for appending, its limits set. NULL: errno. */
struct log *spool_open_write(const struct node_config *c);
/* A node has one session at a time. -1: EWOULDBLOCK when its lock is held. */
int spool_session_lock(const struct node_config *c);
/* A source has one COMMAND at a time. -1: EWOULDBLOCK when it is held. */
int spool_command_lock(const struct node_config *c, const char *source);

struct spool_state {
	uint64_t stored;  /* records, since the spool was made */
	uint64_t waiting; /* that too few masters have acknowledged */
	uint64_t dropped; /* at max_size, since the last acknowledgement */
	uint64_t size;	  /* bytes of all segments */
	int64_t oldest;	  /* time of the oldest that waits, seconds; 0: none does */
};
/* How it stands, without a lock, and so only for those who look on. All is 0
 * where nothing was ever stored. -1: errno. */
int spool_look(const struct node_config *c, struct spool_state *st);

/*
 * Adds the directories that a session with a master needs to s: the spool and
 * state/. Creates them, for in the sandbox that is impossible; on failure it
 * warns, and the session will fail.
 */
void spool_reach(const struct node_config *c, struct sandbox *s);

#endif
