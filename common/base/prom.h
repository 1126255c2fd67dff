/* SPDX-License-Identifier: ISC */
/*
 * Metrics in the classic text format of Prometheus, as node_exporter's textfile
 * collector reads it: no timestamps, and all samples of a metric together,
 * below its HELP and TYPE. Samples are kept until prom_print(), so that they
 * may come in any order.
 */
#ifndef BIJK_BASE_PROM_H
#define BIJK_BASE_PROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/buf.h"

#define PROM_SAMPLES_MAX ((size_t)256 << 20) /* bytes, of one metric */

struct prom_metric {
	const char *name; /* of a counter it ends in _total; the others are gauges */
	const char *help; /* plain: no backslash, no line feed */
	struct buf samples;
};

#define PROM_METRIC(metric, text)                                                                  \
	{                                                                                          \
		.name = (metric), .help = (text), .samples = BUF_INIT(PROM_SAMPLES_MAX)            \
	}

/*
 * Adds a sample. Its labels are a name and a value in turn, then NULL; values
 * may come from outside: what is not printable ASCII is made visible. A failure
 * (no memory) is told by prom_print().
 */
void prom_add(struct prom_metric *m, int64_t value, const char *const *labels);
#define PROM_LABELS(...)                                                                           \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
/* At most INT64_MAX of it. */
void prom_count(struct prom_metric *m, uint64_t value, const char *const *labels);

/* Prints those of these n metrics that have a sample, and frees them. -1: no
 * memory; what became of the output is for the caller to ask. */
int prom_print(struct prom_metric *m, size_t n, FILE *out);

#endif
