/* SPDX-License-Identifier: ISC */
/* What this node has to show, and what it knows of its masters: its keys and its pins, for reading.
 */
#ifndef BIJK_TRUST_KNOWN_H
#define BIJK_TRUST_KNOWN_H

#include <stdint.h>

#include "common/config.h"
#include "common/ssh/tunnel.h"
#include "common/trust/keypair.h"
#include "common/trust/pins.h"

/* Some of sender.masters, a bit for each; a configuration holds at most 32. */
typedef uint64_t masters_set;
#define MASTER_BIT(i) ((masters_set)1 << (i))

struct known {
	const struct node_config *config;
	struct pushkey keys;
	struct pins *pins;
};

/* Ends the program when it cannot. What a crash or a change of the configuration left behind is put
 * in order first. */
void known_open_or_die(struct known *k, const struct node_config *c);
void known_close(struct known *k);
/* May a push to this master be tried? Not before it has taken this node: sshd punishes a key that
 * it refuses. */
bool known_takes_push(const struct known *k, const char *address);
/* What a tunnel to this master needs; its strings are k's. */
struct tunnel_to known_tunnel(const struct known *k, const char *address);

#endif
