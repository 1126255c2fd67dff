/* SPDX-License-Identifier: ISC */
#ifndef BIJK_ADMIN_FEEDS_H
#define BIJK_ADMIN_FEEDS_H

#include <stdint.h>

#include "master/admin/admin.h"

/* A line for each feed, on standard output. How many. */
int feeds_print(struct store *s, int64_t now);

#endif
