/* SPDX-License-Identifier: ISC */
/*
 * arrivals NODES PERIOD RATE [OUTAGE_AT OUTAGE_SECONDS]: a day of pushes at one
 * master that serves RATE of them a second, as cron, bijk-push's own rules
 * (push_due, name_phase) and the master make them. A push that finds the master
 * away tries again in the next minute. Prints the spread over the seconds, the
 * longest queue, and how long the catching up after the outage took.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/contact.h"
#include "common/names.h"

#include "common/base/banned.h"

#define PLACES 50 /* as bijk-push spreads over the minute */
#define DAY 86400
#define START 1767225600 /* a minute's beginning */

struct day {
	uint32_t nodes;
	double rate;
	int from, to; /* the outage */
	struct contact *contact;
	uint32_t *due; /* nodes by place, and where each place begins */
	uint32_t begin[PLACES + 1];
	uint64_t arrived[DAY];
};

static int place_all(struct day *d)
{
	uint8_t *place = malloc(d->nodes);
	uint32_t at[PLACES];

	if (place == NULL)
		return -1;
	for (uint32_t i = 0; i < d->nodes; i++) {
		char name[NODE_NAME_MAX + 1];
		snprintf(name, sizeof(name), "node%" PRIu32 ".example.net", i);
		place[i] = (uint8_t)name_phase(name, PLACES);
		d->begin[place[i] + 1]++;
	}
	for (int p = 0; p < PLACES; p++)
		d->begin[p + 1] += d->begin[p];
	memcpy(at, d->begin, sizeof(at));
	for (uint32_t i = 0; i < d->nodes; i++)
		d->due[at[place[i]]++] = i;
	free(place);
	return 0;
}

/* Cron starts all at the minute; each that is due comes at its place. */
static void minute(struct day *d, const struct node_config *c, int m)
{
	for (int p = 0; p < PLACES; p++) {
		int second = m * 60 + p;
		for (uint32_t k = d->begin[p]; k < d->begin[p + 1]; k++) {
			struct contact *n = &d->contact[d->due[k]];
			if (push_due(START + m * 60, c, n) != PUSH_DUE)
				continue;
			d->arrived[second]++;
			if (second < d->from || second >= d->to)
				n->push_began = START + m * 60;
		}
	}
}

static void report(const struct day *d)
{
	uint64_t most = 0, all = 0, most_after = 0;
	double queue = 0, longest = 0, longest_before = 0;
	int caught_up = 0;

	for (int s = 0; s < DAY; s++) {
		bool away = s >= d->from && s < d->to;
		all += away ? 0 : d->arrived[s];
		if ((s < d->from || d->from == d->to) && d->arrived[s] > most)
			most = d->arrived[s];
		if (s >= d->to && d->from != d->to && d->arrived[s] > most_after)
			most_after = d->arrived[s];
		queue += away ? 0 : (double)d->arrived[s];
		queue = queue > d->rate && !away ? queue - d->rate : 0;
		if (queue > longest)
			longest = queue;
		if (s == d->from)
			longest_before = longest;
		if (s >= d->to && d->from != d->to && queue > longest_before)
			caught_up = s - d->to;
	}
	printf("%" PRIu32 " nodes, %.0f pushes a second: %.1f a second on average, at most %" PRIu64
	       "; longest queue %.0f (%.1f s)",
	    d->nodes, d->rate, (double)all / DAY, most, longest, longest / d->rate);
	if (d->from != d->to) {
		printf("; after an outage of %d s at most %" PRIu64 " a second, ", d->to - d->from,
		    most_after);
		if (caught_up > DAY - d->to - 600)
			printf("and so to the end of the day");
		else
			printf("with a longer queue than before for %d s", caught_up);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	struct node_config c = { .mode = PUSH_ALWAYS };
	struct day *d = calloc(1, sizeof(*d));

	if (argc < 4 || d == NULL || strtoul(argv[2], NULL, 10) < 60)
		return 64;
	d->nodes = (uint32_t)strtoul(argv[1], NULL, 10);
	c.period = strtoul(argv[2], NULL, 10);
	d->rate = strtod(argv[3], NULL);
	if (argc > 5) {
		d->from = (int)strtol(argv[4], NULL, 10);
		d->to = d->from + (int)strtol(argv[5], NULL, 10);
	}
	d->contact = calloc(d->nodes, sizeof(*d->contact));
	d->due = calloc(d->nodes, sizeof(*d->due));
	if (d->nodes == 0 || d->contact == NULL || d->due == NULL || place_all(d) == -1)
		return 71;
	/* Each began at a moment of its own: its last push lies somewhere in
	 * the period before. */
	for (uint32_t i = 0; i < d->nodes; i++)
		d->contact[i].push_began = START - 60 * (1 + (int64_t)(i % (c.period / 60)));
	for (int m = 0; m < DAY / 60; m++)
		minute(d, &c, m);
	report(d);
	free(d->contact);
	free(d->due);
	free(d);
	return 0;
}
