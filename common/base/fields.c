/* SPDX-License-Identifier: ISC */
#include "common/base/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

/* strspn() makes a table for each call, and status reads many files. */
static size_t key_length(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '_' ||
	    s[n] == '-')
		n++;
	return n;
}

static struct field *find_field(const struct fields *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->v[i].key, key) == 0)
			return &f->v[i];
	}
	return NULL;
}

static struct field *add_field(struct fields *f, const char *key)
{
	char *k = strdup(key);
	struct field *v = k != NULL ? reallocarray(f->v, f->n + 1, sizeof(*v)) : NULL;

	if (v == NULL) {
		free(k);
		return NULL;
	}
	f->v = v;
	v[f->n] = (struct field){ .key = k };
	return &v[f->n++];
}

/* Takes value over, which may be NULL for want of memory. */
static int put_value(struct fields *f, const char *key, char *value)
{
	struct field *at = find_field(f, key);

	if (value != NULL && at == NULL)
		at = add_field(f, key);
	if (value == NULL || at == NULL) {
		free(value);
		f->failed = true;
		return -1;
	}
	free(at->value);
	at->value = value;
	return 0;
}

static int parse_field(struct fields *f, char *line)
{
	size_t len = key_length(line);

	if (len == 0 || strncmp(line + len, ": ", 2) != 0)
		return 0;
	line[len] = '\0';
	return put_value(f, line, strdup(line + len + 2));
}

int fields_parse(struct fields *f, const char *text, size_t len)
{
	char *copy = strndup(text, len);
	char *rest = copy, *line;
	int rc = copy == NULL ? -1 : 0;

	while (rc == 0 && (line = strsep(&rest, "\n")) != NULL)
		rc = parse_field(f, line);
	free(copy);
	return rc;
}

int fields_read(struct fields *f, int dir, const char *path)
{
	struct buf b = BUF_INIT(FIELDS_MAX);
	int rc = file_read(dir, path, &b);

	if (rc == 0 && b.len > 0)
		rc = fields_parse(f, b.data, b.len);
	buf_free(&b);
	return rc;
}

void fields_free(struct fields *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].key);
		free(f->v[i].value);
	}
	free(f->v);
	*f = (struct fields){ .n = 0 };
}

const char *fields_get(const struct fields *f, const char *key)
{
	const struct field *at = find_field(f, key);

	return at != NULL ? at->value : NULL;
}

int64_t fields_num(const struct fields *f, const char *key, int64_t missing)
{
	const char *s = fields_get(f, key);
	int64_t v;

	return s != NULL && num_parse_signed(s, &v) == 0 ? v : missing;
}

int fields_set(struct fields *f, const char *key, const char *value)
{
	char safe[1024];
	const char *p = value;

	while (*p >= ' ' && *p <= '~')
		p++;
	/* Else it would grow each time that it is read and set. */
	if (*p == '\0')
		return put_value(f, key, strdup(value));
	vis(safe, sizeof(safe), value, strlen(value));
	return put_value(f, key, strdup(safe));
}

int fields_set_num(struct fields *f, const char *key, int64_t value)
{
	char s[32];

	snprintf(s, sizeof(s), "%" PRId64, value);
	return put_value(f, key, strdup(s));
}

int fields_format(const struct fields *f, struct buf *out)
{
	for (size_t i = 0; i < f->n; i++)
		buf_addf(out, "%s: %s\n", f->v[i].key, f->v[i].value);
	if (!f->failed && buf_ok(out))
		return 0;
	errno = f->failed ? ENOMEM : EMSGSIZE;
	return -1;
}

int fields_write(const struct fields *f, int dir, const char *path)
{
	struct buf b = BUF_INIT(FIELDS_MAX);
	int rc = fields_format(f, &b);

	if (rc == 0)
		rc = file_replace(dir, path, b.data, b.len, 0600, FILE_UNSYNCED);
	buf_free(&b);
	return rc;
}
