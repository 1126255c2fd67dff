/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define TEXT_MAX 4096

/* The findings are kept as JSON in any case. */
struct report {
	enum report_form form;
	bool evidence;
	const char *check;
	json_t *all;
	json_t *last; /* borrowed from all */
	int failed;
};

static const char *const words[] = { "ok", "warn", "fail", "skip" };
static const char *const labels[] = { "ok", "warn", "FAIL", "skip" };

static json_t *must(json_t *v)
{
	if (v == NULL)
		die(EX_OSERR, "out of memory");
	return v;
}

struct report *report_begin(enum report_form form, bool evidence)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		die(EX_OSERR, "out of memory");
	*r = (struct report){ .form = form, .evidence = evidence, .check = "" };
	r->all = must(json_array());
	return r;
}

void report_check(struct report *r, const char *check)
{
	r->check = check;
}

__attribute__((format(printf, 2, 0))) static void format_visible(
    char out[TEXT_MAX], const char *fmt, va_list ap)
{
	char raw[TEXT_MAX / 4];

	vsnprintf(raw, sizeof(raw), fmt, ap);
	vis(out, TEXT_MAX, raw, strlen(raw));
}

void report_found(struct report *r, enum verdict v, const char *what, const char *found, ...)
{
	char shown[TEXT_MAX], text[TEXT_MAX];
	va_list ap;

	vis(shown, sizeof(shown), what, strlen(what));
	va_start(ap, found);
	format_visible(text, found, ap);
	va_end(ap);
	r->last = must(json_pack("{s:s, s:s, s:s, s:s, s:[], s:[], s:[]}", "check", r->check,
	    "verdict", words[v], "what", shown, "found", text, "mend", "notes", "evidence"));
	if (json_array_append_new(r->all, r->last) == -1)
		must(NULL);
	r->failed += v == VERDICT_FAIL;
	if (r->form == REPORT_TEXT)
		printf("%-4s  %s: %s\n", labels[v], shown, text);
	if (fflush(stdout) != 0)
		die(EX_IOERR, "writing to standard output: %s", strerror(errno));
}

/* Adds v to a list of the last finding. */
static void add(struct report *r, const char *list, json_t *v)
{
	if (json_array_append_new(json_object_get(r->last, list), must(v)) == -1)
		must(NULL);
}

/* A command line is printed as it will be typed, so nothing in it is escaped:
 * what is not printable, and cannot come from shell_word(), becomes a question
 * mark. */
void report_mend_at(struct report *r, const char *host, const char *run, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, run);
	vsnprintf(text, sizeof(text), run, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++) {
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	}
	if (r->form == REPORT_TEXT)
		printf("      mend%s%s: %s\n", host != NULL ? " at " : "",
		    host != NULL ? vis_str(host) : "", text);
	add(r, "mend", json_pack("{s:s?, s:s}", "at", host, "run", text));
}

void report_note(struct report *r, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	format_visible(text, fmt, ap);
	va_end(ap);
	if (r->form == REPORT_TEXT)
		printf("      %s\n", text);
	add(r, "notes", json_string(text));
}

void report_evidence(struct report *r, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	format_visible(text, fmt, ap);
	va_end(ap);
	if (r->form == REPORT_TEXT && r->evidence)
		printf("      | %s\n", text);
	add(r, "evidence", json_string(text));
}

bool report_failed(const struct report *r, const char *check)
{
	size_t i;
	json_t *f;

	json_array_foreach(r->all, i, f)
	{
		if (strcmp(json_string_value(json_object_get(f, "check")), check) == 0 &&
		    strcmp(json_string_value(json_object_get(f, "verdict")), words[VERDICT_FAIL]) ==
			0)
			return true;
	}
	return false;
}

unsigned report_count(const struct report *r, enum verdict v, struct buf *text)
{
	unsigned n = 0;
	size_t i;
	json_t *f;

	json_array_foreach(r->all, i, f)
	{
		if (strcmp(json_string_value(json_object_get(f, "verdict")), words[v]) != 0)
			continue;
		n++;
		buf_addf(text, "%s%s: %s", text->len > 0 ? "; " : "",
		    json_string_value(json_object_get(f, "what")),
		    json_string_value(json_object_get(f, "found")));
	}
	return n;
}

int report_end(struct report *r)
{
	int failed = r->failed;
	size_t i;
	json_t *f;

	/* One finding a line, so that a person and grep can read it too. */
	json_array_foreach(r->all, i, f)
	{
		if (r->form == REPORT_JSON) {
			fputs(i == 0 ? "[\n" : ",\n", stdout);
			json_dumpf(f, stdout, JSON_COMPACT);
		}
	}
	if (r->form == REPORT_JSON)
		puts("\n]");
	json_decref(r->all);
	free(r);
	return out_flush() != 0 ? -1 : failed;
}
