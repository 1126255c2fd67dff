/* SPDX-License-Identifier: ISC */
#include "common/base/yaml_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

const struct yaml_key *yaml_find(const struct yaml_table *t, const char *section, const char *key)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->keys[i].section, section) == 0 && strcmp(t->keys[i].key, key) == 0)
			return &t->keys[i];
	}
	return NULL;
}

bool yaml_own_section(const struct yaml_table *t, const char *section)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->keys[i].section, section) == 0)
			return true;
	}
	return false;
}

void yaml_unknown_key(
    const struct yaml_table *t, const char *section, const char *key, char why[YAML_WHY_MAX])
{
	const struct yaml_key *near = NULL, *elsewhere = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < t->n; i++) {
		const struct yaml_key *k = &t->keys[i];
		size_t d = word_distance(key, k->key);
		if (strcmp(k->section, section) != 0) {
			if (d == 0)
				elsewhere = k;
		} else if (d < best && word_near(key, k->key)) {
			best = d;
			near = k;
		}
	}
	if (elsewhere != NULL)
		snprintf(why, YAML_WHY_MAX,
		    "unknown key `%s` in section `%s`; it belongs to section `%s`", key, section,
		    elsewhere->section);
	else if (near != NULL)
		snprintf(why, YAML_WHY_MAX, "unknown key `%s` in section `%s`; did you mean `%s`?",
		    vis_str(key), section, near->key);
	else
		snprintf(
		    why, YAML_WHY_MAX, "unknown key `%s` in section `%s`", vis_str(key), section);
}

static int bad(const struct yaml_key *k, const char *s, const char *right, char why[YAML_WHY_MAX])
{
	snprintf(why, YAML_WHY_MAX, "%s.%s: `%s` is not %s", k->section, k->key, vis_str(s), right);
	return -1;
}

static int out_of_range(const struct yaml_key *k, const char *s, char why[YAML_WHY_MAX])
{
	char lo[32], hi[32];

	if (k->kind == YAML_BYTES) {
		num_show_size(lo, sizeof(lo), k->min);
		num_show_size(hi, sizeof(hi), k->max);
	} else {
		snprintf(lo, sizeof(lo), "%" PRIu64, k->min);
		snprintf(hi, sizeof(hi), "%" PRIu64, k->max);
	}
	snprintf(why, YAML_WHY_MAX, "%s.%s: `%s` is out of range: %s to %s%s", k->section, k->key,
	    vis_str(s), lo, hi, k->kind == YAML_SPAN ? " seconds" : "");
	return -1;
}

static int store_number(
    const struct yaml_key *k, const char *s, uint64_t *at, char why[YAML_WHY_MAX])
{
	uint64_t v;
	int rc;
	const char *right;

	if (k->kind == YAML_BYTES) {
		rc = num_parse_size(s, &v);
		right = "a size (a number, with K, M, G or T)";
	} else if (k->kind == YAML_SPAN) {
		rc = num_parse_span(s, &v);
		right = "a time (a number of seconds, or with s, m, h, d or w)";
	} else {
		rc = num_parse(s, 0, INT64_MAX, &v);
		right = "a number";
	}
	if (rc == -1)
		return bad(k, s, right, why);
	if (v < k->min || v > k->max)
		return out_of_range(k, s, why);
	*at = v;
	return 0;
}

static int store_flag(const struct yaml_key *k, const char *s, bool *at, char why[YAML_WHY_MAX])
{
	if (strcmp(s, "yes") != 0 && strcmp(s, "true") != 0 && strcmp(s, "no") != 0 &&
	    strcmp(s, "false") != 0)
		return bad(k, s, "yes or no", why);
	*at = s[0] == 'y' || s[0] == 't';
	return 0;
}

static int store_word(const struct yaml_key *k, const char *s, int *at, char why[YAML_WHY_MAX])
{
	char list[256];
	size_t n = 0;

	for (int i = 0; k->words[i] != NULL; i++) {
		int w;
		if (strcmp(s, k->words[i]) == 0) {
			*at = i;
			return 0;
		}
		w = snprintf(
		    list + n, sizeof(list) - n, "%s%s", i == 0 ? "one of " : ", ", k->words[i]);
		n += w > 0 ? (size_t)w : 0;
	}
	return bad(k, s, list, why);
}

int yaml_store(const struct yaml_key *k, const char *s, void *dest, char why[YAML_WHY_MAX])
{
	void *at = (char *)dest + k->offset;
	struct yaml_list *list = at;
	char *copy, **v;

	switch (k->kind) {
	case YAML_UINT:
	case YAML_BYTES:
	case YAML_SPAN: return store_number(k, s, at, why);
	case YAML_FLAG: return store_flag(k, s, at, why);
	case YAML_WORD: return store_word(k, s, at, why);
	case YAML_TEXT:
	case YAML_LIST: break;
	}
	if (k->valid != NULL && !k->valid(s))
		return bad(k, s, k->expected, why);
	copy = strdup(s);
	if (copy != NULL && k->kind == YAML_TEXT) {
		free(*(char **)at);
		*(char **)at = copy;
		return 0;
	}
	v = copy != NULL ? reallocarray(list->v, list->n + 1, sizeof(*v)) : NULL;
	if (v == NULL) {
		free(copy);
		snprintf(why, YAML_WHY_MAX, "out of memory");
		return -1;
	}
	v[list->n++] = copy;
	list->v = v;
	return 0;
}

void yaml_list_clear(const struct yaml_key *k, void *dest)
{
	struct yaml_list *list = (void *)((char *)dest + k->offset);

	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct yaml_list){ .n = 0 };
}

int yaml_list_check(const struct yaml_key *k, const void *dest, char why[YAML_WHY_MAX])
{
	const struct yaml_list *list = (const void *)((const char *)dest + k->offset);

	if (list->n >= k->min && list->n <= k->max)
		return 0;
	snprintf(why, YAML_WHY_MAX, "%s.%s: %zu entries; %" PRIu64 " to %" PRIu64 " are allowed",
	    k->section, k->key, list->n, k->min, k->max);
	return -1;
}

void yaml_clear(const struct yaml_table *t, void *dest)
{
	for (size_t i = 0; i < t->n; i++) {
		void *at = (char *)dest + t->keys[i].offset;
		if (t->keys[i].kind == YAML_LIST) {
			yaml_list_clear(&t->keys[i], dest);
		} else if (t->keys[i].kind == YAML_TEXT) {
			free(*(char **)at);
			*(char **)at = NULL;
		}
	}
}

int yaml_set(const struct yaml_table *t, const char *section, const char *key, const char *value,
    void *dest, char why[YAML_WHY_MAX])
{
	const struct yaml_key *k = yaml_find(t, section, key);

	if (k == NULL) {
		yaml_unknown_key(t, section, key, why);
		return -1;
	}
	return value[0] == '\0' ? 0 : yaml_store(k, value, dest, why);
}
