/* SPDX-License-Identifier: ISC */
#include "common/exchange/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/num.h"
#include "common/base/text.h"
#include "common/exchange/proof.h"

#include "common/base/banned.h"

#define WORDS_MAX 10

/* As text_split(), on a copy. */
static int split_words(const char *line, char copy[WIRE_LINE_MAX], char *words[WORDS_MAX])
{
	if ((size_t)snprintf(copy, WIRE_LINE_MAX, "%s", line) >= WIRE_LINE_MAX)
		return -1;
	return text_split(copy, words, WORDS_MAX);
}

static int take_name(char out[NODE_NAME_MAX + 1], const char *word)
{
	if (!name_valid(word))
		return -1;
	memcpy(out, word, strlen(word) + 1);
	return 0;
}

static int take_nonce(char out[NONCE_HEX + 1], const char *word)
{
	uint8_t b[NONCE_SIZE];

	if (!hex_decode(b, sizeof(b), word))
		return -1;
	memcpy(out, word, NONCE_HEX + 1);
	return 0;
}

static bool is_mac(const char *word)
{
	uint8_t b[MAC_SIZE];

	return hex_decode(b, sizeof(b), word);
}

static int take_seq(uint64_t *out, const char *word)
{
	return num_parse(word, 1, SEQ_END - 1, out);
}

static int take_time(uint64_t *out, const char *word)
{
	return num_parse(word, 0, INT64_MAX, out);
}

/* --- Lines --- */

void nonce_make(char nonce[NONCE_HEX + 1])
{
	uint8_t b[NONCE_SIZE];

	randombytes_buf(b, sizeof(b));
	hex_encode(nonce, b, sizeof(b));
}

int greeting_parse(struct greeting *g, const char *word, const char *line, uint64_t *version)
{
	char copy[WIRE_LINE_MAX], *w[WORDS_MAX];
	int n = split_words(line, copy, w);

	*version = 0;
	if (n < 2 || strcmp(w[0], word) != 0)
		return -1;
	if (strcmp(w[1], "2") != 0) {
		if (num_parse(w[1], 0, UINT32_MAX, version) == -1)
			*version = 0;
		return -1;
	}
	if (n != 5 || take_name(g->name, w[2]) == -1 || take_nonce(g->nonce, w[3]) == -1)
		return -1;
	return take_time(&g->time, w[4]);
}

void greeting_format(const struct greeting *g, const char *word, char *line, size_t size)
{
	snprintf(
	    line, size, "%s %d %s %s %" PRIu64, word, PROTOCOL_VERSION, g->name, g->nonce, g->time);
}

int node_line_parse(struct node_line *n, const char *line)
{
	char copy[WIRE_LINE_MAX], *w[WORDS_MAX];

	if (split_words(line, copy, w) != 9 || strcmp(w[0], "NODE") != 0 ||
	    take_name(n->name, w[1]) == -1 || !hex_decode(n->id.b, sizeof(n->id.b), w[2]) ||
	    take_seq(&n->base, w[3]) == -1 || take_seq(&n->first, w[4]) == -1 ||
	    take_seq(&n->next, w[5]) == -1 || take_nonce(n->nonce, w[6]) == -1 ||
	    take_time(&n->time, w[7]) == -1 || !is_mac(w[8]))
		return -1;
	return n->base <= n->first && n->first <= n->next ? 0 : -1;
}

void node_line_format(const struct node_line *n, char *line, size_t size)
{
	char id[2 * LOG_ID_SIZE + 1];

	hex_encode(id, n->id.b, sizeof(n->id.b));
	snprintf(line, size, "NODE %s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %s %" PRIu64, n->name,
	    id, n->base, n->first, n->next, n->nonce, n->time);
}

int from_line_parse(struct from_line *f, const char *line)
{
	char copy[WIRE_LINE_MAX], *w[WORDS_MAX];

	if (split_words(line, copy, w) != 5 || strcmp(w[0], "FROM") != 0 ||
	    take_seq(&f->seq, w[1]) == -1 || num_parse(w[2], 0, PERIOD_MAX, &f->period) == -1 ||
	    !hex_decode(f->check, sizeof(f->check), w[3]) || !is_mac(w[4]))
		return -1;
	return 0;
}

void from_line_format(const struct from_line *f, char *line, size_t size)
{
	char check[2 * RECORD_CHECK + 1];

	hex_encode(check, f->check, sizeof(f->check));
	snprintf(line, size, "FROM %" PRIu64 " %" PRIu64 " %s", f->seq, f->period, check);
}

int number_line_parse(const char *word, const char *line, bool with_mac, uint64_t max, uint64_t *n)
{
	char copy[WIRE_LINE_MAX], *w[WORDS_MAX];

	if (split_words(line, copy, w) != (with_mac ? 3 : 2) || strcmp(w[0], word) != 0 ||
	    num_parse(w[1], 0, max, n) == -1 || (with_mac && !is_mac(w[2])))
		return -1;
	return 0;
}

int err_line_parse(const char *line, enum err_code *code, const char **text)
{
	char word[16];
	const char *space;

	if (strncmp(line, "ERR ", 4) != 0)
		return -1;
	space = strchr(line + 4, ' ');
	*text = space != NULL ? space + 1 : "";
	snprintf(word, sizeof(word), "%.*s",
	    space != NULL && space - line - 4 < 16 ? (int)(space - line - 4) : 15, line + 4);
	*code = err_code_parse(word);
	if (*code == ERR_NONE)
		*code = ERR_PROTO;
	return 0;
}

void err_line_format(enum err_code code, const char *text, char *line, size_t size)
{
	char safe[512];

	vis(safe, sizeof(safe), text, strlen(text));
	snprintf(line, size, "ERR %s %s", err_code_name(code), safe);
}

void line_add_mac(char *line, size_t size, const char *mac)
{
	size_t len = strlen(line);

	snprintf(line + len, size - len, " %s", mac);
}

/* --- Ending early --- */

int session_broken(struct fail *f, const char *doing)
{
	switch (errno) {
	case EBADMSG:
		return fail_set(f, ERR_PROTO, EX_PROTOCOL, "%s: not a line of the protocol", doing);
	case ETIMEDOUT: return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: no progress in time", doing);
	case EPIPE:
	case ECONNRESET:
		return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: the connection ended", doing);
	default: return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: %s", doing, strerror(errno));
	}
}

int session_tell(struct wire *w, const struct fail *f)
{
	char line[WIRE_LINE_MAX];

	err_line_format(f->code, f->code == ERR_VERSION ? f->text : "", line, sizeof(line));
	if (wire_put_line(w, line) == 0)
		wire_drain(w);
	return -1;
}

int session_refuse(
    struct wire *w, struct fail *f, enum err_code code, int exit_code, const char *fmt, ...)
{
	char why[FAIL_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	fail_set(f, code, exit_code, "%s", why);
	return session_tell(w, f);
}
