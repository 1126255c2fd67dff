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

#include <stddef.h>

#include "common/base/yaml_value.h" /* the table */

#define YAML_FILE_MAX 16384

/*
 * Reads path into dest, which already holds the defaults (texts as allocated strings or NULL).
 * 0; -1: why holds one line for the user, errno says why the file could not be read (ENOENT) or is
 * EINVAL, and dest must not be used but for yaml_clear().
 */
int yaml_read(const char *path, const struct yaml_table *t, void *dest, char why[YAML_WHY_MAX]);
/* The same for a text in memory; name stands in messages for the file. */
int yaml_parse(const char *name, const char *text, size_t len, const struct yaml_table *t,
    void *dest, char why[YAML_WHY_MAX]);
#endif
