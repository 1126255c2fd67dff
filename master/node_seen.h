/* SPDX-License-Identifier: ISC */
/* Who has a name: what an administrator needs before another machine gets it. */
#ifndef BIJK_NODE_SEEN_H
#define BIJK_NODE_SEEN_H

#include "master/store/store.h"

/* "registered 3d ago from 192.0.2.7, last in contact 2m ago from 192.0.2.7". One static buffer. */
const char *node_seen(struct store *s, const char *name);
/* What to do about a name that is known with another hash; after "… is known with another hash, %s". */
#define NAME_TAKEN                                                                                 \
	"if this is another machine, give it a name of its own (node.name, or install.sh node "    \
	"--name); if "                                                                             \
	"it is the same one with a new hash, or that one is gone, `bijk-master add %s "            \
	"--replace-hash` "                                                                         \
	"takes this hash, and locks out who has the other"

#endif
