/* SPDX-License-Identifier: ISC */
/*
 * A line of the last day, as small as it can be: the `d` of an SVG path in a
 * grid of SPARK_WIDTH by SPARK_HEIGHT, which the style scales. Only digits,
 * spaces and letters of paths. No I/O.
 */
#ifndef BIJK_STATUS_SPARK_H
#define BIJK_STATUS_SPARK_H

#include <stdint.h>

#include "master/store/store.h"

#define SPARK_POINTS 36 /* of 40 minutes */
#define SPARK_HEIGHT 9	/* one digit: a step never needs two */
#define SPARK_MAX (SPARK_POINTS * 8)

struct spark {
	uint64_t v[SPARK_POINTS];
	bool used[SPARK_POINTS]; /* else the line has a hole there */
	uint64_t top;		 /* the largest of them */
	uint64_t sum;
};

/* The longest delay of each point; the bytes of each point. */
void spark_delay(struct spark *s, const struct day_slot day[DAY_SLOTS]);
void spark_bytes(struct spark *s, const struct day_slot day[DAY_SLOTS]);
/* The path; "" if no point is used. The top of the grid is `top`, at least
 * s->top. */
void spark_path(const struct spark *s, uint64_t top, char out[SPARK_MAX]);

#endif
