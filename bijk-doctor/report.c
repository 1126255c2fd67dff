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

/* The findings are kept as JSON in any case: text is printed from the same
 * thing. */
struct report {
	bool json, evidence;
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

static json_t *visible_json(const char *fmt, va_list ap)
{
	char raw[TEXT_MAX / 4], text[TEXT_MAX];

	vsnprintf(raw, sizeof(raw), fmt, ap);
	vis(text, sizeof(text), raw, strlen(raw));
	return must(json_string(text));
}

/* A command line is printed as it will be typed, so nothing in it is escaped:
 * what is not printable, and cannot come from shell_word(), becomes a question
 * mark. */
static json_t *command(const char *fmt, va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	for (char *p = text; *p != '\0'; p++) {
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	}
	return must(json_string(text));
}

struct report *report_begin(bool json, bool evidence)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		die(EX_OSERR, "out of memory");
	r->json = json;
	r->evidence = evidence;
	r->check = "";
	r->all = must(json_array());
	return r;
}

void report_check(struct report *r, const char *check)
{
	r->check = check;
}

void report_found(struct report *r, enum verdict v, const char *what, const char *found, ...)
{
	char shown[TEXT_MAX];
	va_list ap;
	json_t *text;

	vis(shown, sizeof(shown), what, strlen(what));
	va_start(ap, found);
	text = visible_json(found, ap);
	va_end(ap);
	r->last = must(json_pack("{s:s, s:s, s:s, s:o, s:[], s:[], s:[]}", "check", r->check,
	    "verdict", words[v], "what", shown, "found", text, "mend", "notes", "evidence"));
	if (json_array_append_new(r->all, r->last) == -1)
		must(NULL);
	r->failed += v == VERDICT_FAIL;
	if (!r->json)
		printf("%-4s  %s: %s\n", labels[v], shown, json_string_value(text));
	if (fflush(stdout) != 0)
		die(EX_IOERR, "writing to standard output: %s", strerror(errno));
}

/* Adds v to a list of the last finding, and prints it behind a label. */
static void add(struct report *r, const char *list, json_t *v, const char *label, json_t *text)
{
	if (!r->json && label != NULL)
		printf("      %s%s\n", label, json_string_value(text));
	if (json_array_append_new(json_object_get(r->last, list), v) == -1)
		must(NULL);
}

static void add_mend(struct report *r, const char *host, json_t *run)
{
	char label[300] = "mend: ";

	if (host != NULL)
		snprintf(label, sizeof(label), "mend at %s: ", vis_str(host));
	add(r, "mend", must(json_pack("{s:s?, s:o}", "at", host, "run", run)), label, run);
}

void report_mend(struct report *r, const char *run, ...)
{
	va_list ap;

	va_start(ap, run);
	add_mend(r, NULL, command(run, ap));
	va_end(ap);
}

void report_mend_at(struct report *r, const char *host, const char *run, ...)
{
	va_list ap;

	va_start(ap, run);
	add_mend(r, host, command(run, ap));
	va_end(ap);
}

void report_note(struct report *r, const char *text, ...)
{
	va_list ap;
	json_t *v;

	va_start(ap, text);
	v = visible_json(text, ap);
	va_end(ap);
	add(r, "notes", v, "", v);
}

void report_evidence(struct report *r, const char *text, ...)
{
	va_list ap;
	json_t *v;

	va_start(ap, text);
	v = visible_json(text, ap);
	va_end(ap);
	add(r, "evidence", v, r->evidence ? "| " : NULL, v);
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

bool report_check_failed(const struct report *r)
{
	return report_failed(r, r->check);
}

/* One finding a line, so that a person and grep can read it too. */
static void print_json(const json_t *all)
{
	size_t i;
	json_t *f;

	fputs("[", stdout);
	json_array_foreach(all, i, f)
	{
		fputs(i == 0 ? "\n" : ",\n", stdout);
		json_dumpf(f, stdout, JSON_COMPACT);
	}
	fputs("\n]\n", stdout);
}

int report_end(struct report *r)
{
	int failed = r->failed;

	if (r->json)
		print_json(r->all);
	json_decref(r->all);
	free(r);
	return out_flush() != 0 ? -1 : failed;
}
