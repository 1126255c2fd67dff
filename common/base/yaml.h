/* SPDX-License-Identifier: ISC */
/*
 * Configuration files: YAML of two levels, sections and keys, read by libyaml and checked against a
 * table. One wrong thing and nothing of the file counts: the error names file, line, column, what
 * is wrong and what would be right.
 *
 * Refused, though libyaml lets it through: more than 16 KiB, NUL, a second document, a key twice;
 * in our own sections also anchors, aliases, tags and tab characters. A section that no table entry
 * names belongs to somebody else and is only skipped.
 */
#ifndef BIJK_BASE_YAML_H
#define BIJK_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YAML_FILE_MAX 16384

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
 * Reads path into dest, which already holds the defaults (texts as allocated strings or NULL).
 * 0; -1: why holds one line for the user, errno says why the file could not be read (ENOENT) or is
 * EINVAL, and dest must not be used but for yaml_clear().
 */
int yaml_read(const char *path, const struct yaml_table *t, void *dest, char why[YAML_WHY_MAX]);
/* The same for a text in memory; name stands in messages for the file. */
int yaml_parse(const char *name, const char *text, size_t len, const struct yaml_table *t,
    void *dest, char why[YAML_WHY_MAX]);
/* Sets one value, as if it stood in a file; an empty one changes nothing. why: without file and
 * line. */
int yaml_set(const struct yaml_table *t, const char *section, const char *key, const char *value,
    void *dest, char why[YAML_WHY_MAX]);
/* Frees every text and list of the table in dest. */
void yaml_clear(const struct yaml_table *t, void *dest);

#endif
