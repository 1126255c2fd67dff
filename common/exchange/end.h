/* SPDX-License-Identifier: ISC */
/* How a session ends before its time, the same on both ends. */
#ifndef BIJK_EXCHANGE_END_H
#define BIJK_EXCHANGE_END_H

#include "common/exchange/wire.h"
#include "common/fail.h"

/* The connection broke, as errno says, while `doing`. Sets f and returns -1. */
int session_broken(struct fail *f, const char *doing);
/*
 * Sends ERR with f's code; its text stays here, but for that of ERR_VERSION. Waits until it was read. Returns -1.
 */
int session_tell(struct wire *w, const struct fail *f);
/* fail_set() and session_tell(). */
int session_refuse(struct wire *w, struct fail *f, enum err_code code, int exit_code,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
