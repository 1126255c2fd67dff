/* SPDX-License-Identifier: ISC */
#include "master/cat/cat.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/when.h"

#include "common/base/banned.h"

#define BASE64_PIECE 3072 /* a multiple of 3: the encoded pieces join */

/* JSON has no escapes for the characters of a name, an id or a source. */
static void begin_object(const char *node, const struct log_id *id)
{
	char hex[2 * LOG_ID_SIZE + 1];

	hex_encode(hex, id->b, sizeof(id->b));
	printf("{\"node\":\"%s\",\"log\":\"%s\"", node, hex);
}

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

static void print_base64(const uint8_t *data, size_t len)
{
	char text[sodium_base64_ENCODED_LEN(BASE64_PIECE, sodium_base64_VARIANT_ORIGINAL)];

	for (size_t at = 0; at < len; at += BASE64_PIECE) {
		size_t n = len - at < BASE64_PIECE ? len - at : BASE64_PIECE;
		sodium_bin2base64(text, sizeof(text), data + at, n, sodium_base64_VARIANT_ORIGINAL);
		fputs(text, stdout);
	}
}

/* -1: errno. */
static int print_json_record(
    const char *node, const struct log_id *id, uint64_t seq, const struct record *r)
{
	json_t *text = json_stringn((const char *)r->payload, r->len); /* NULL: not UTF-8 */
	size_t flags = JSON_ENCODE_ANY | (on_terminal() ? JSON_ENSURE_ASCII : 0);
	char time[WHEN_MAX];
	int rc = 0;

	when_format_ns(r->time_ns, time);
	begin_object(node, id);
	printf(",\"seq\":%" PRIu64 ",\"time\":\"%s\",\"source\":\"%.*s\",", seq, time,
	    (int)r->source_len, r->source);
	if (text != NULL) {
		fputs("\"payload\":", stdout);
		rc = json_dumpf(text, stdout, flags);
		json_decref(text);
		fputs("}\n", stdout);
	} else {
		fputs("\"payload_base64\":\"", stdout);
		print_base64(r->payload, r->len);
		fputs("\"}\n", stdout);
	}
	return rc;
}

static void print_payload(const struct record *r)
{
	if (on_terminal())
		print_visibly(r->payload, r->len);
	else
		fwrite(r->payload, 1, r->len, stdout);
	if (r->payload[r->len - 1] != '\n')
		putchar('\n');
}

int cat_print_record(
    bool json, const char *node, const struct log_id *id, uint64_t seq, const struct record *r)
{
	int rc = 0;

	if (json)
		rc = print_json_record(node, id, seq, r);
	else
		print_payload(r);
	/* Do not read the rest of an archive for an output that takes
	 * nothing. */
	return rc == -1 || ferror(stdout) ? -1 : 0;
}

void cat_print_gap(bool json, const char *node, const struct log_id *id, uint64_t from, uint64_t to)
{
	char which[RANGE_MAX];

	if (json) {
		begin_object(node, id);
		printf(",\"gap_from\":%" PRIu64 ",\"gap_to\":%" PRIu64 "}\n", from, to);
		return;
	}
	/* In order, if both go to the same terminal. */
	fflush(stdout);
	msg_notice("%s: a gap: %s %s missing", node, num_show_range(which, "record", from, to + 1),
	    from == to ? "is" : "are");
}
