/* SPDX-License-Identifier: ISC */
/* The table of a configuration file, and values checked against it. */
#ifndef BIJK_BASE_YAML_VALUE_H
#define BIJK_BASE_YAML_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yaml_kind {
	YAML_TEXT,  /* char *, allocated */
	YAML_UINT,  /* uint64_t */
	YAML_BYTES, /* uint64_t; 512M */
	YAML_SPAN,  /* uint64_t seconds; 15m */
	YAML_FLAG,  /* bool; yes no true false */
	YAML_WORD,  /* int: the index into words */
	YAML_LIST,  /* struct yaml_list of texts */
};

struct yaml_list {
	char **v;
	size_t n;
};

struct yaml_key {
	const char *section, *key;
	enum yaml_kind kind;
	size_t offset;		      /* of the value in the destination */
	uint64_t min, max;	      /* of a number, or of how many a list holds */
	const char *const *words;     /* ended by NULL */
	bool (*valid)(const char *s); /* of a text, or of each of a list; NULL: any */
	const char *expected;	      /* what is right, for a text: "a node name" */
};

struct yaml_table {
	const struct yaml_key *keys;
	size_t n;
};

#define YAML_WHY_MAX 768

/*
 * Sets one value, as if it were in a file; an empty one changes nothing. -1:
 * why, without file and line.
 */
int yaml_set(const struct yaml_table *t, const char *section, const char *key, const char *value,
    void *dest, char why[YAML_WHY_MAX]);
/* Frees every text and list of the table in dest. */
void yaml_clear(const struct yaml_table *t, void *dest);

/* For yaml.c. */
const struct yaml_key *yaml_find(const struct yaml_table *t, const char *section, const char *key);
bool yaml_own_section(const struct yaml_table *t, const char *section);
/* Stores s, or adds it to a list. -1: why says what would be right. */
int yaml_store(const struct yaml_key *k, const char *s, void *dest, char why[YAML_WHY_MAX]);
/* Empties a list before its items come; checks their number afterwards. */
void yaml_list_clear(const struct yaml_key *k, void *dest);
int yaml_list_check(const struct yaml_key *k, const void *dest, char why[YAML_WHY_MAX]);
/* "unknown key `peroid`; did you mean `period`?" */
void yaml_unknown_key(
    const struct yaml_table *t, const char *section, const char *key, char why[YAML_WHY_MAX]);

#endif
