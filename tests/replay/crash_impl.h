/* SPDX-License-Identifier: ISC */
/* Between crash.c, which finds out what pends, and crash_states.c, which builds
 * of it. */
#ifndef BIJK_TESTS_CRASH_IMPL_H
#define BIJK_TESTS_CRASH_IMPL_H

#include "tests/replay/crash.h"

/* Contents of a sector that are in no version of the file. */
enum { CONTENT_ZERO = 100, CONTENT_GARBAGE };

void crash_apply_name(struct crash *c, const struct op *o);
struct bytes bytes_copy(const struct bytes *b);
/* The bytes of the sector at this place; zeros where there are none. */
void bytes_sector(const struct bytes *b, size_t at, uint8_t out[SECTOR]);

#endif
