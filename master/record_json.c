/* SPDX-License-Identifier: ISC */
#include "master/record_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>

#include "common/base/num.h"
#include "master/when.h"

#include "common/base/banned.h"

#define BASE64_PIECE 3072 /* a multiple of 3: the encoded pieces join */

/* JSON has no escapes for the characters of a name, an id or a source. */
static void begin_object(FILE *out, const char *node, const struct log_id *id)
{
	char hex[2 * LOG_ID_SIZE + 1];

	hex_encode(hex, id->b, sizeof(id->b));
	fprintf(out, "{\"node\":\"%s\",\"log\":\"%s\"", node, hex);
}

static void add_base64(FILE *out, const uint8_t *data, size_t len)
{
	char text[sodium_base64_ENCODED_LEN(BASE64_PIECE, sodium_base64_VARIANT_ORIGINAL)];

	for (size_t at = 0; at < len; at += BASE64_PIECE) {
		size_t n = len - at < BASE64_PIECE ? len - at : BASE64_PIECE;
		sodium_bin2base64(text, sizeof(text), data + at, n, sodium_base64_VARIANT_ORIGINAL);
		fputs(text, out);
	}
}

int record_json(FILE *out, bool ascii, const char *node, const struct log_id *id, uint64_t seq,
    const struct record *r)
{
	json_t *text = json_stringn((const char *)r->payload, r->len); /* NULL: not UTF-8 */
	char time[WHEN_MAX];
	int rc = 0;

	when_format_ns(r->time_ns, time);
	begin_object(out, node, id);
	fprintf(out, ",\"seq\":%" PRIu64 ",\"time\":\"%s\",\"source\":\"%.*s\",", seq, time,
	    (int)r->source_len, r->source);
	if (text != NULL) {
		fputs("\"payload\":", out);
		rc = json_dumpf(text, out, JSON_ENCODE_ANY | (ascii ? JSON_ENSURE_ASCII : 0));
		json_decref(text);
		fputs("}\n", out);
	} else {
		fputs("\"payload_base64\":\"", out);
		add_base64(out, r->payload, r->len);
		fputs("\"}\n", out);
	}
	return rc == -1 || ferror(out) ? -1 : 0;
}

void record_json_gap(
    FILE *out, const char *node, const struct log_id *id, uint64_t from, uint64_t to)
{
	begin_object(out, node, id);
	fprintf(out, ",\"gap_from\":%" PRIu64 ",\"gap_to\":%" PRIu64 "}\n", from, to);
}
