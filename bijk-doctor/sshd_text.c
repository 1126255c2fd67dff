/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/sshd_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"

#include "common/base/banned.h"

/* The rest of a line behind this keyword and a space, or NULL; *next is where
 * the next line begins. */
static const char *rest_of(const char *line, const char *keyword, size_t *len, const char **next)
{
	const char *end = strchrnul(line, '\n');
	size_t k = strlen(keyword);

	*next = *end == '\0' ? end : end + 1;
	if (strncasecmp(line, keyword, k) != 0 || line[k] != ' ')
		return NULL;
	*len = (size_t)(end - line) - k - 1;
	if (*len > 0 && line[k + *len] == '\r')
		(*len)--;
	return line + k + 1;
}

bool sshd_value(const char *effective, const char *keyword, char value[SSHD_VALUE_MAX])
{
	value[0] = '\0';
	while (*effective != '\0') {
		size_t len;
		const char *s = rest_of(effective, keyword, &len, &effective);

		if (s == NULL)
			continue;
		snprintf(value, SSHD_VALUE_MAX, "%.*s",
		    (int)(len < SSHD_VALUE_MAX ? len : SSHD_VALUE_MAX - 1), s);
		return true;
	}
	return false;
}

static void add_words(struct sshd_words *w, const char *s, size_t len)
{
	while (len > 0) {
		size_t n = 0;

		while (n < len && !isspace((unsigned char)s[n]))
			n++;
		if (n > 0) {
			char **v = reallocarray(w->v, w->n + 1, sizeof(*v));

			if (v == NULL || (v[w->n] = strndup(s, n)) == NULL)
				die(EX_OSERR, "out of memory");
			w->v = v;
			w->n++;
		}
		n += n < len;
		s += n;
		len -= n;
	}
}

void sshd_words(struct sshd_words *w, const char *effective, const char *keyword)
{
	*w = (struct sshd_words){ .n = 0 };
	while (*effective != '\0') {
		size_t len;
		const char *s = rest_of(effective, keyword, &len, &effective);

		if (s != NULL)
			add_words(w, s, len);
	}
}

void sshd_words_free(struct sshd_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	*w = (struct sshd_words){ .n = 0 };
}

bool sshd_config_line(const char *line, char keyword[64], char rest[SSHD_VALUE_MAX])
{
	size_t n = 0, len;

	line += strspn(line, " \t\r");
	if (*line == '\0' || *line == '#')
		return false;
	while (n < 63 && isalnum((unsigned char)line[n])) {
		keyword[n] = (char)tolower((unsigned char)line[n]);
		n++;
	}
	keyword[n] = '\0';
	line += n;
	line += strspn(line, " \t");
	if (*line == '=')
		line += 1 + strspn(line + 1, " \t");
	len = strlen(line);
	while (len > 0 && isspace((unsigned char)line[len - 1]))
		len--;
	if (n == 0 || len >= SSHD_VALUE_MAX)
		return false;
	memcpy(rest, line, len);
	rest[len] = '\0';
	return true;
}

int sshd_options_in_title(const char *title, char options[SSHD_VALUE_MAX])
{
	const char *end, *start;

	if (title[0] == '/') {
		end = title + strlen(title);
	} else {
		if (strncmp(title, "sshd: ", 6) != 0)
			return -1;
		title += 6;
		end = strstr(title, " [listener]");
		if (end == NULL)
			return -1;
	}
	start = memchr(title, ' ', (size_t)(end - title));
	if (start == NULL)
		start = end;
	else
		start++;
	if (end - start >= SSHD_VALUE_MAX)
		return -1;
	memcpy(options, start, (size_t)(end - start));
	options[end - start] = '\0';
	return 0;
}
