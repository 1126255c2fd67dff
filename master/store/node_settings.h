/* SPDX-License-Identifier: ISC */
/*
 * What an administrator sets of a node, as text: node.yml in the node's directory, and the
 * KEY=VALUE of `bijk-master set`. One table serves both, so that an error names the same keys and
 * ranges. No I/O.
 */
#ifndef BIJK_STORE_NODE_SETTINGS_H
#define BIJK_STORE_NODE_SETTINGS_H

#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/yaml.h"
#include "master/store/store.h"

/* Address, port, mode and periods of n as if nothing had been set; the rest of n stays. */
void node_settings_clear(struct node *n);
/* Those that stand in the text, the others clear. `file` stands in why. -1: why; n is unchanged. */
int node_settings_parse(
    struct node *n, const char *file, const char *text, size_t len, char why[YAML_WHY_MAX]);
/* Sets one; an empty value clears it. -1: why names the key, and what would be right. */
int node_settings_set(struct node *n, const char *key, const char *value, char why[YAML_WHY_MAX]);
/* The text of node.yml. -1: errno. */
int node_settings_format(const struct node *n, struct buf *out);

#endif
