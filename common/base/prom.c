/* SPDX-License-Identifier: ISC */
#include "common/base/prom.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/banned.h"

/* A value that is not UTF-8 makes a reader refuse the whole file. */
static void add_label_value(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' || *s == '"')
			buf_addf(b, "\\%c", *s);
		else if (*s == '\n')
			buf_adds(b, "\\n");
		else if (*s >= 0x20 && *s <= 0x7e)
			buf_add(b, s, 1);
		else
			buf_addf(b, "\\\\x%02x", (unsigned)(unsigned char)*s);
	}
}

void prom_add(struct prom_metric *m, int64_t value, const char *const *labels)
{
	struct buf *b = &m->samples;

	buf_adds(b, m->name);
	for (size_t i = 0; labels != NULL && labels[i] != NULL; i += 2) {
		buf_addf(b, "%s%s=\"", i == 0 ? "{" : ",", labels[i]);
		add_label_value(b, labels[i + 1]);
		buf_adds(b, labels[i + 2] == NULL ? "\"}" : "\"");
	}
	buf_addf(b, " %" PRId64 "\n", value);
}

void prom_count(struct prom_metric *m, uint64_t value, const char *const *labels)
{
	prom_add(m, value < INT64_MAX ? (int64_t)value : INT64_MAX, labels);
}

static bool is_counter(const char *name)
{
	size_t len = strlen(name);

	return len > 6 && strcmp(name + len - 6, "_total") == 0;
}

int prom_print(struct prom_metric *m, size_t n, FILE *out)
{
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		struct buf *b = &m[i].samples;

		good = good && buf_ok(b);
		if (good && b->len > 0)
			fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s", m[i].name, m[i].help,
			    m[i].name, is_counter(m[i].name) ? "counter" : "gauge", b->data);
		buf_free(b);
	}
	return good ? 0 : -1;
}
