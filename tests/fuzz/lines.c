/* SPDX-License-Identifier: ISC */
/*
 * The parser of each line of the protocol. What one takes, the formatter makes
 * again byte for byte: so there is exactly one text for each meaning.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/exchange/lines.h"
#include "common/exchange/proof.h"
#include "common/exchange/wire.h"
#include "common/trust/card.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { GREETING, NODE, FROM, NUMBER, ERROR, REGISTER, VERSION };
static const char *const goals[] = { "a greeting", "NODE", "FROM", "a number", "ERR",
	"a greeting of a registration", "another version", NULL };

/* The line is `made`, if with_mac then a space and a mac behind it. */
static void same(const char *line, const char *made, bool with_mac)
{
	size_t len = strlen(made);

	require(strncmp(line, made, len) == 0);
	if (!with_mac) {
		require(line[len] == '\0');
		return;
	}
	require(line[len] == ' ' && strlen(line + len + 1) == MAC_HEX);
	require(strspn(line + len + 1, "0123456789abcdef") == MAC_HEX);
}

static void judge_session(const char *line)
{
	char made[WIRE_LINE_MAX];
	struct greeting g;
	struct node_line n;
	struct from_line f;
	uint64_t version;

	if (greeting_parse(&g, GREETING_SESSION, line, &version) == 0) {
		require(version == 0 && name_valid(g.name));
		greeting_format(&g, GREETING_SESSION, made, sizeof(made));
		same(line, made, false);
		reached(GREETING);
	} else if (version != 0) {
		require(version != PROTOCOL_VERSION && strncmp(line, "BIJK ", 5) == 0);
		reached(VERSION);
	}
	if (node_line_parse(&n, line) == 0) {
		require(name_valid(n.name) && n.base >= 1 && n.base <= n.first &&
		    n.first <= n.next && n.next < SEQ_END);
		node_line_format(&n, made, sizeof(made));
		same(line, made, true);
		reached(NODE);
	}
	if (from_line_parse(&f, line) == 0) {
		require(f.seq >= 1 && f.seq < SEQ_END);
		from_line_format(&f, made, sizeof(made));
		same(line, made, true);
		reached(FROM);
	}
}

static void judge_numbers(const char *line)
{
	static const struct {
		const char *word;
		bool mac;
		uint64_t max;
	} kinds[] = { { "WAIT", true, WAIT_MAX }, { "ACK", true, SEQ_END - 1 },
		{ "DATA", false, INT64_MAX }, { "END", false, SEQ_END - 1 } };
	char made[WIRE_LINE_MAX];
	uint64_t n;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (number_line_parse(kinds[i].word, line, kinds[i].mac, kinds[i].max, &n) == -1)
			continue;
		require(n <= kinds[i].max);
		snprintf(made, sizeof(made), "%s %" PRIu64, kinds[i].word, n);
		same(line, made, kinds[i].mac);
		reached(NUMBER);
	}
}

static void judge_error(const char *line)
{
	char made[WIRE_LINE_MAX];
	const char *text;
	enum err_code code;

	if (err_line_parse(line, &code, &text) == -1)
		return;
	require(strncmp(line, "ERR ", 4) == 0 && code > ERR_NONE && code <= ERR_REGRESSED);
	require(text[0] == '\0' || (text > line && text[-1] == ' '));
	err_line_format(code, text, made, sizeof(made));
	require(is_printable(made, strlen(made)));
	reached(ERROR);
}

static void judge_registration(const char *line)
{
	char made[WIRE_LINE_MAX];
	struct greeting g;
	uint64_t version;

	if (greeting_parse(&g, GREETING_REGISTER, line, &version) == 0) {
		require(version == 0 && name_valid(g.name));
		greeting_format(&g, GREETING_REGISTER, made, sizeof(made));
		same(line, made, false);
		reached(REGISTER);
	}
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	char *line = input_string(&in);

	judge_session(line);
	judge_numbers(line);
	judge_error(line);
	judge_registration(line);
	free(line);
}

const struct target target_lines = { "lines", goals, NULL, run };
