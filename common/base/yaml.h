/* SPDX-License-Identifier: ISC */
/*
 * Configuration files: YAML of two levels, sections and keys, read by libyaml
 * and checked against a table. An error rejects the whole file, and names file,
 * line, column, what is wrong and what would be right.
 *
 * Refused, although libyaml accepts it: more than 16 KiB, NUL, a second
 * document, a key twice; in our own sections also anchors, aliases and tags. A
 * section that is not in the table belongs to another program and is skipped.
 */
#ifndef BIJK_BASE_YAML_H
#define BIJK_BASE_YAML_H

#include <stddef.h>

#include "common/base/yaml_value.h" /* the table */

#define YAML_FILE_MAX 16384

/*
 * Reads path into dest, which holds the defaults (texts as allocated strings or
 * NULL). 0; -1: why is one line for the user, errno says why the file could not
 * be read or is EINVAL, and only yaml_clear() may use dest.
 */
int yaml_read(const char *path, const struct yaml_table *t, void *dest, char why[YAML_WHY_MAX]);
/* The same for a text in memory; messages name it `name`. */
int yaml_parse(const char *name, const char *text, size_t len, const struct yaml_table *t,
    void *dest, char why[YAML_WHY_MAX]);
#endif
