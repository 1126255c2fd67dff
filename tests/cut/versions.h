/* SPDX-License-Identifier: ISC */
/* An older or a newer protocol or format: refused with both numbers, and nothing is touched. */
#ifndef BIJK_TESTS_VERSIONS_H
#define BIJK_TESTS_VERSIONS_H

#include "tests/cut/trial.h"

/* Adds to both. */
void versions_run(const struct world *w, size_t *passed, size_t *failed);

#endif
