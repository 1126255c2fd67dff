/* SPDX-License-Identifier: ISC */
#include "master/cat/cat.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/record_json.h"
#include "master/when.h"

#include "common/base/banned.h"

static bool is_utf8(const uint8_t *p, size_t len)
{
	json_t *s = json_stringn((const char *)p, len);

	json_decref(s);
	return s != NULL;
}

/* Records come from a node: they must not be able to command a terminal. */
static bool on_terminal(void)
{
	static int is = -1;

	if (is == -1)
		is = isatty(STDOUT_FILENO);
	return is == 1;
}

/* Length of the printable UTF-8 character at p; 0: there is none, or a control
 * character. */
static size_t printable(const uint8_t *p, size_t len)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (n == 1)
		return (p[0] >= ' ' && p[0] < 0x7f) || p[0] == '\n' || p[0] == '\t';
	if (n > len || !is_utf8(p, n))
		return 0;
	/* U+0080 to U+009F, and what changes the direction of writing */
	if ((p[0] == 0xc2 && p[1] < 0xa0) ||
	    (p[0] == 0xe2 &&
		((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
		    (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9))))
		return 0;
	return n;
}

static void print_visibly(const uint8_t *p, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t n = printable(p + at, len - at);
		if (n > 0)
			fwrite(p + at, 1, n, stdout);
		else
			printf("\\x%02x", p[at]);
		at += n > 0 ? n : 1;
	}
}

/* With a line end, if it has none. */
static void print_payload(const uint8_t *p, size_t len)
{
	if (on_terminal())
		print_visibly(p, len);
	else
		fwrite(p, 1, len, stdout);
	if (p[len - 1] != '\n')
		putchar('\n');
}

static void print_lines(const char *node, const struct record *r)
{
	const uint8_t *p = r->payload, *end = p + r->len;
	char time[WHEN_MAX];

	when_format_local(r->time_ns, time);
	while (p < end) {
		const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((lf != NULL ? lf + 1 : end) - p);

		printf("%s %s %.*s ", time, node, (int)r->source_len, r->source);
		print_payload(p, len);
		p += len;
	}
}

int cat_print_record(enum cat_form form, const char *node, const struct log_id *id, uint64_t seq,
    const struct record *r)
{
	int rc = 0;

	switch (form) {
	case CAT_PLAIN: print_payload(r->payload, r->len); break;
	case CAT_LONG: print_lines(node, r); break;
	case CAT_JSON: rc = record_json(stdout, on_terminal(), node, id, seq, r); break;
	}
	/* Do not read the rest of an archive for an output that takes
	 * nothing. */
	return rc == -1 || ferror(stdout) ? -1 : 0;
}

void cat_print_gap(
    enum cat_form form, const char *node, const struct log_id *id, uint64_t from, uint64_t to)
{
	char which[RANGE_MAX];

	if (form == CAT_JSON) {
		record_json_gap(stdout, node, id, from, to);
		return;
	}
	/* In order, if both go to the same terminal. */
	fflush(stdout);
	msg_notice("%s: a gap: %s %s missing", node, num_show_range(which, "record", from, to + 1),
	    from == to ? "is" : "are");
}
