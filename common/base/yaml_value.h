/* SPDX-License-Identifier: ISC */
/* The typed values behind yaml.h: one scalar against one entry of the table. */
#ifndef BIJK_BASE_YAML_VALUE_H
#define BIJK_BASE_YAML_VALUE_H

#include "common/base/yaml.h"

const struct yaml_key *yaml_find(const struct yaml_table *t, const char *section, const char *key);
bool yaml_own_section(const struct yaml_table *t, const char *section);
/* Stores s, or adds it to a list. -1: why says what would be right. */
int yaml_store(const struct yaml_key *k, const char *s, void *dest, char why[YAML_WHY_MAX]);
/* Empties a list before its items come, and checks their number behind them. */
void yaml_list_clear(const struct yaml_key *k, void *dest);
int yaml_list_check(const struct yaml_key *k, const void *dest, char why[YAML_WHY_MAX]);
/* "unknown key `peroid`; did you mean `period`?" */
void yaml_unknown_key(
    const struct yaml_table *t, const char *section, const char *key, char why[YAML_WHY_MAX]);

#endif
