/* SPDX-License-Identifier: ISC */
/*
 * Connections to our ports that came to nothing before a proof: port scanners, health checks, strangers.
 * Each source has one line a minute in the log (of warnings and errors eight, each for another reason), with how many
 * there were besides. What was
 * counted lies in one small file; its room is fixed, and a source that needs another's has that one's
 * count logged.
 */
#ifndef BIJK_PROBES_H
#define BIJK_PROBES_H

#include <stdint.h>

#include "common/base/msg.h"

#define PROBE_SECONDS 60 /* between two lines on one source */
#define PROBE_PLACES 256

/* The file, to be opened before the sandbox is entered. `state` is the master's directory. -1: errno. */
int probes_open(const char *state);
/*
 * Logs that `what` ("registration", "push") came to nothing, and why, or counts it. `now` is in seconds since 1970;
 * fd may be -1: then it is logged.
 * Levels are counted apart, so that what should be looked at is not hidden by what need not be.
 */
__attribute__((format(printf, 6, 7))) void probe_log(int fd, int64_t now, enum msg_level level,
    const char *what, const char *address, const char *fmt, ...);
/* Logs what was counted in minutes that are over. */
void probes_tell(const char *state, int64_t now);

#endif
