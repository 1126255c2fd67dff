/* SPDX-License-Identifier: ISC */
/* Where the node's log and its session lock lie, and what limits the log. */
#ifndef BIJK_LOG_SPOOL_H
#define BIJK_LOG_SPOOL_H

#include "common/base/sandbox.h"
#include "common/config.h"
#include "common/log/log.h"

/* The path of the spool, to be freed; NULL: no memory. */
char *spool_path(const struct node_config *c);
/* Opened for appending, its limits set. NULL: errno. */
struct log *spool_open_write(const struct node_config *c);
/* The lock of the one session a node has at a time. -1: EWOULDBLOCK when it is held. */
int spool_session_lock(const struct node_config *c);
/*
 * The lock of the one COMMAND that runs for a source at a time, its place in a file of all of them. -1: EWOULDBLOCK when
 * it is held.
 */
int spool_command_lock(const struct node_config *c, const char *source);

/*
 * What a session with a master has within reach, as the directories of s: the spool and state/, and nothing else
 * of the state. They are made where they are not, for in the sandbox they could not be; a failure is warned of,
 * and the session meets it again.
 */
void spool_reach(const struct node_config *c, struct sandbox *s);

#endif
