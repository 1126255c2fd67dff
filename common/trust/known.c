/* SPDX-License-Identifier: ISC */
#include "common/trust/known.h"

#include "common/base/msg.h"

#include "common/base/banned.h"

#define LOCK_SECONDS 10

static struct pins *open_pins(const struct node_config *c, enum pins_mode mode)
{
	struct fail f;
	struct pins *p = pins_open(c, mode, deadline_in_s(LOCK_SECONDS), &f);

	if (p == NULL)
		die(f.exit_code, "%s", f.text);
	return p;
}

void known_open_or_die(struct known *k, const struct node_config *c)
{
	struct fail f;

	*k = (struct known){ .config = c };
	if (pushkey_open(&k->keys, c, &f) == -1)
		die(f.exit_code, "%s", f.text);
	k->pins = open_pins(c, PINS_READ);
	if (pins_stale(k->pins)) {
		pins_close(k->pins);
		pins_close(open_pins(c, PINS_CHANGE));
		k->pins = open_pins(c, PINS_READ);
	}
}

void known_close(struct known *k)
{
	pins_close(k->pins);
	pushkey_close(&k->keys);
	k->pins = NULL;
}

bool known_takes_push(const struct known *k, const char *address)
{
	return pins_standing(k->pins, address, &k->keys) != PIN_NONE;
}

struct tunnel_to known_tunnel(const struct known *k, const char *address)
{
	return (struct tunnel_to){ .config = k->config,
		.address = address,
		.identity = { k->keys.path, k->keys.rotating ? k->keys.next_path : NULL },
		.known_hosts = pins_known_hosts(k->pins) };
}
