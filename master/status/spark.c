/* SPDX-License-Identifier: ISC */
#include "master/status/spark.h"

#include <stdio.h>
#include <string.h>

#include "common/base/banned.h"

#define SLOTS (DAY_SLOTS / SPARK_POINTS)

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void spark_delay(struct spark *s, const struct day_slot day[DAY_SLOTS])
{
	*s = (struct spark){ .top = 0 };
	for (size_t i = 0; i < DAY_SLOTS; i++) {
		if (!day[i].used)
			continue;
		s->used[i / SLOTS] = true;
		s->v[i / SLOTS] = larger(s->v[i / SLOTS], day[i].delay);
		s->top = larger(s->top, day[i].delay);
	}
}

void spark_bytes(struct spark *s, const struct day_slot day[DAY_SLOTS])
{
	*s = (struct spark){ .top = 0 };
	for (size_t i = 0; i < DAY_SLOTS; i++) {
		if (!day[i].used)
			continue;
		s->used[i / SLOTS] = true;
		s->v[i / SLOTS] += day[i].bytes;
		s->sum += day[i].bytes;
		s->top = larger(s->top, s->v[i / SLOTS]);
	}
}

/* Counted from the top, as SVG does. What is not 0 is seen to be more. */
static int level(uint64_t v, uint64_t top)
{
	int up;

	if (v == 0 || top == 0)
		return SPARK_HEIGHT;
	up = (int)((double)v / (double)top * SPARK_HEIGHT + 0.5);
	return SPARK_HEIGHT - (up < 1 ? 1 : up);
}

void spark_path(const struct spark *s, uint64_t top, char out[SPARK_MAX])
{
	int last = -1, len = 0; /* last: the level of the point before, -1 after a hole */

	out[0] = '\0';
	for (int i = 0; i < SPARK_POINTS; i++) {
		int y = s->used[i] ? level(s->v[i], top) : -1;

		/* A point between two holes is a dot: h0. */
		if (y >= 0 && last < 0)
			len += snprintf(out + len, (size_t)(SPARK_MAX - len),
			    i + 1 < SPARK_POINTS && s->used[i + 1] ? "M%d %dl" : "M%d %dh0", i, y);
		else if (y >= 0)
			len += snprintf(
			    out + len, (size_t)(SPARK_MAX - len), out[len - 1] == 'l' ? "1" : " 1");
		if (y >= 0 && last >= 0)
			len += snprintf(out + len, (size_t)(SPARK_MAX - len),
			    y < last ? "%d" : " %d", y - last);
		last = y;
	}
}
