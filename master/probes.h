/* SPDX-License-Identifier: ISC */
/*
 * Connections to our ports that came to nothing before a proof: port scanners,
 * health checks, strangers. Each source has one line a minute in the log (of
 * warnings and errors eight, each for another reason), with how many there were
 * besides. The counts are in one small file of fixed size; a source that needs
 * the slot of another has that one's count logged.
 */
#ifndef BIJK_PROBES_H
#define BIJK_PROBES_H

#include <stdint.h>

#include "common/base/msg.h"

#define PROBE_SECONDS 60 /* between two lines on one source */
#define PROBE_SLOTS 256

/* Opens the file in the master's directory, before the sandbox. -1: errno. */
int probes_open(const char *state);
/*
 * Logs that `what` ("registration", "push") came to nothing, and why, or counts
 * it; fd -1: logs it. `now` is in seconds since 1970. Levels are counted apart:
 * what needs attention is not hidden by what does not.
 */
__attribute__((format(printf, 6, 7))) void probe_log(int fd, int64_t now, enum msg_level level,
    const char *what, const char *address, const char *fmt, ...);
/* Logs what was counted in minutes that are over. */
void probes_tell(const char *state, int64_t now);

#endif
