/* SPDX-License-Identifier: ISC */
/* Many trials, by worker processes. sweep_begin(), sweep_add…(), sweep_run(). */
#ifndef BIJK_TESTS_SWEEP_H
#define BIJK_TESTS_SWEEP_H

#include <signal.h>

#include "tests/cut/trial.h"

/* The world must stay as it is until sweep_run() returns. */
void sweep_begin(const struct world *w);
void sweep_add(enum kind k, const struct cut *c);
/* Each byte of both ways (or each `every`th), by FIN, RST and silence. */
void sweep_add_all(enum kind k, size_t every);
/* Behind each DATA, an END of each of these numbers that the node never said. */
void sweep_add_ends(enum kind k, const uint64_t *ends, size_t n);
/* Runs them all, or until *stopped; then the workers go with this process. */
void sweep_run(const volatile sig_atomic_t *stopped);
/* Says how many there were of which sort. */
void sweep_say(void);
/* Of all runs so far. */
void sweep_figures(size_t *passed, size_t *failed);

#endif
