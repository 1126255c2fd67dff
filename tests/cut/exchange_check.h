/* SPDX-License-Identifier: ISC */
/* What must be so after the session that was cut, and after the next one. */
#ifndef BIJK_TESTS_EXCHANGE_CHECK_H
#define BIJK_TESTS_EXCHANGE_CHECK_H

#include "tests/cut/trial.h"

#define EXCHANGE_NODE "web7"

/* The master's archive: the number that its next record would get. */
uint64_t exchange_next(const struct trial *t);
/* Was END passed, all of it? */
bool exchange_end_passed(const struct link *l);

/* `next` is exchange_next() after the cut. */
void exchange_check_cut(struct trial *t, uint64_t next);
void exchange_check_next(struct trial *t, uint64_t next);

#endif
