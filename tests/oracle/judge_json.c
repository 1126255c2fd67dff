/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle.h"

static bool number(const json_t *o, const char *key, uint64_t *n)
{
	const json_t *v = json_object_get(o, key);

	*n = (uint64_t)json_integer_value(v);
	return json_is_integer(v) && json_integer_value(v) > 0;
}

static bool base64_record(
    struct judge *j, const char *log, uint64_t seq, const char *text, size_t len)
{
	uint8_t *bytes = malloc(len);
	size_t n;
	bool ok;

	ok = bytes != NULL &&
	    sodium_base642bin(
		bytes, len, text, len, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
	if (ok)
		judge_record(j, log, seq, bytes, n);
	free(bytes);
	return ok;
}

static bool take_object(struct judge *j, const json_t *o, const char *only)
{
	const char *log = json_string_value(json_object_get(o, "log"));
	const char *source = json_string_value(json_object_get(o, "source"));
	const json_t *text = json_object_get(o, "payload");
	const json_t *coded = json_object_get(o, "payload_base64");
	uint64_t seq, to;

	if (log == NULL)
		return false;
	if (number(o, "gap_from", &seq) && number(o, "gap_to", &to)) {
		judge_gap(j, log, seq, to);
		return true;
	}
	if (!number(o, "seq", &seq) || source == NULL)
		return false;
	if (only != NULL && strcmp(only, source) != 0) {
		judge_record(j, log, seq, NULL, 0);
		return true;
	}
	if (text != NULL && json_is_string(text)) {
		judge_record(j, log, seq, json_string_value(text), json_string_length(text));
		return true;
	}
	return coded != NULL && json_is_string(coded) &&
	    base64_record(j, log, seq, json_string_value(coded), json_string_length(coded));
}

int judge_json(struct judge *j, FILE *in, const char *source)
{
	char *line = NULL;
	size_t room = 0, count = 0;
	ssize_t len;
	int rc = 0;

	while (rc == 0 && (len = getline(&line, &room, in)) > 0) {
		json_error_t why;
		json_t *o = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, &why);

		count++;
		if (o == NULL || !take_object(j, o, source)) {
			if (j->out != NULL)
				fprintf(
				    j->out, "oracle: line %zu is no record and no gap\n", count);
			rc = -1;
		}
		json_decref(o);
	}
	if (rc == 0 && ferror(in)) {
		if (j->out != NULL)
			fprintf(j->out, "oracle: reading: %s\n", strerror(errno));
		rc = -1;
	}
	free(line);
	return rc;
}
