/* SPDX-License-Identifier: ISC */
/* Cards of masters in a folder of the node's state directory, one file each, named by the address.
 */
#ifndef BIJK_TRUST_CARDFILE_H
#define BIJK_TRUST_CARDFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/trust/card.h"

/*
 * 1: read; 0: there is none, or the file holds no such card and was named in a warning; -1: errno, the
 * file cannot be read now. *c is to be freed in any case.
 */
int cardfile_read(int state, const char *folder, const char *address, struct card *c);
/* Durable; makes the folder (0700). *changed (or NULL): it held no such card. -1: errno. */
int cardfile_write(int state, const char *folder, const struct card *c, bool *changed);
/* Durable; one that is not there is no error. -1: errno. */
int cardfile_remove(int state, const char *folder, const char *address);

struct cardnames {
	char **v;
	size_t n;
};
/* The addresses of all files in the folder, sorted. -1: errno. */
int cardfile_list(int state, const char *folder, struct cardnames *names);
void cardnames_free(struct cardnames *names);

#endif
