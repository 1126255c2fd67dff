/* SPDX-License-Identifier: ISC */
/* How a node's hash gets to bijk-master: from a file, a pipe or a person, never from the command
 * line. */
#ifndef BIJK_ADMIN_HASH_H
#define BIJK_ADMIN_HASH_H

#include <stdint.h>

#include "common/names.h"

/* From path, or from standard input when it is NULL; a terminal is asked without echo. Ends the
 * program. */
void admin_hash_or_die(const char *path, const char *node, uint8_t hash[HASH_SIZE]);

#endif
