/* SPDX-License-Identifier: ISC */
#include "common/trust/authorized.h"

#include <string.h>

#include "common/base/hostaddr.h"

#include "common/base/banned.h"

#define OPTIONS "restrict,command=\"pull\""
#define COMMENT "bijk-master:"
#define LINE_MOST 8192 /* a longer line is none of ours */

int authorized_add(struct buf *out, const struct sshkey *k, const char *address)
{
	char text[SSHKEY_TEXT_MAX];

	sshkey_format(k, text);
	return buf_addf(out, OPTIONS " %s " COMMENT "%s\n", text, address);
}

/* The last word of the text, cut off from it. */
static char *cut_last_word(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	text[len] = '\0';
	while (len > 0 && text[len - 1] != ' ' && text[len - 1] != '\t')
		len--;
	if (len > 0)
		text[len - 1] = '\0';
	return text + len;
}

/* Read from its end: our comment, a key before it. So a `#` line or a longer comment is not ours.
 */
bool authorized_is_ours(const char *line, size_t len)
{
	char copy[LINE_MOST];
	const char *comment, *base64, *type, *why;
	struct sshkey k;

	if (len >= sizeof(copy) || memchr(line, '\0', len) != NULL)
		return false;
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (copy[strspn(copy, " \t")] == '#')
		return false;
	comment = cut_last_word(copy);
	base64 = cut_last_word(copy);
	type = cut_last_word(copy);
	return strncmp(comment, COMMENT, strlen(COMMENT)) == 0 &&
	    hostaddr_valid(comment + strlen(COMMENT)) && sshkey_parse(&k, type, base64, &why) == 0;
}

int authorized_merge(struct buf *out, const char *old, size_t len, const char *ours)
{
	size_t at = 0;

	while (at < len) {
		const char *lf = memchr(old + at, '\n', len - at);
		size_t line = lf != NULL ? (size_t)(lf - (old + at)) : len - at;
		size_t whole = line + (lf != NULL);
		if (!authorized_is_ours(old + at, line))
			buf_add(out, old + at, whole);
		at += whole;
	}
	if (ours[0] != '\0' && out->len > 0 && out->data[out->len - 1] != '\n')
		buf_adds(out, "\n");
	return buf_adds(out, ours);
}
