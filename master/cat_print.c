/* SPDX-License-Identifier: ISC */
#include "master/cat_print.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/when.h"

#include "common/base/banned.h"

#define BASE64_PIECE 3072 /* a multiple of 3, so that the pieces join */

/* A name, an id and a source need no escapes: their alphabets have nothing that JSON does. */
static void begin_object(const char *node, const struct log_id *id)
{
	char hex[2 * LOG_ID_SIZE + 1];

	hex_encode(hex, id->b, sizeof(id->b));
	printf("{\"node\":\"%s\",\"log\":\"%s\"", node, hex);
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

static void print_json(
    const char *node, const struct log_id *id, uint64_t seq, const struct record *r)
{
	/* NULL for what is no UTF-8. */
	json_t *text = json_stringn((const char *)r->payload, r->len);
	char time[WHEN_MAX];

	when_format_ns(r->time_ns, time);
	begin_object(node, id);
	printf(",\"seq\":%" PRIu64 ",\"time\":\"%s\",\"source\":\"%.*s\",", seq, time,
	    (int)r->source_len, r->source);
	if (text != NULL) {
		fputs("\"payload\":", stdout);
		if (json_dumpf(text, stdout, JSON_ENCODE_ANY) == -1)
			die(ferror(stdout) ? EX_IOERR : EX_OSERR, "writing: %s", strerror(errno));
		json_decref(text);
		fputs("}\n", stdout);
	} else {
		fputs("\"payload_base64\":\"", stdout);
		print_base64(r->payload, r->len);
		fputs("\"}\n", stdout);
	}
}

void cat_print_record(const struct cat_form *f, const char *node, const struct log_id *id,
    uint64_t seq, const struct record *r)
{
	if (f->json) {
		print_json(node, id, seq, r);
		return;
	}
	fwrite(r->payload, 1, r->len, stdout);
	if (r->payload[r->len - 1] != '\n')
		putchar('\n');
}

void cat_print_gap(
    const struct cat_form *f, const char *node, const struct log_id *id, uint64_t from, uint64_t to)
{
	if (f->json) {
		begin_object(node, id);
		printf(",\"gap_from\":%" PRIu64 ",\"gap_to\":%" PRIu64 "}\n", from, to);
		return;
	}
	/* In its place among the records, should both go to the same terminal. */
	fflush(stdout);
	msg_notice("%s: a gap: records %" PRIu64 " to %" PRIu64 " are missing", node, from, to);
}

void cat_print_flush(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		die(EX_IOERR, "writing to standard output: %s", strerror(errno));
}
