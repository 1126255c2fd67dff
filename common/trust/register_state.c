/* SPDX-License-Identifier: ISC */
#include "common/trust/register_state.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/fields.h"
#include "common/base/msg.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define PATH_ROOM 320

static const char *state_path(char out[PATH_ROOM], const char *address)
{
	snprintf(out, PATH_ROOM, "state/register-%s", address);
	return out;
}

static void copy_field(char *out, size_t size, const struct fields *f, const char *key)
{
	const char *value = fields_get(f, key);

	snprintf(out, size, "%s", value != NULL ? value : "");
}

void register_state_read(struct register_state *s, int state_dir, const char *address)
{
	struct fields f = { .n = 0 };
	char path[PATH_ROOM];

	*s = (struct register_state){ .tried = 0 };
	fields_read(&f, state_dir, state_path(path, address));
	s->tried = fields_num(&f, "time", 0);
	/* Ignore times in the future: the clock was wrong. */
	if (s->tried > now_s())
		s->tried = 0;
	s->taken = fields_num(&f, "taken", 0);
	s->port = (uint16_t)fields_num(&f, "port", 0);
	copy_field(s->result, sizeof(s->result), &f, "result");
	copy_field(s->reason, sizeof(s->reason), &f, "reason");
	copy_field(s->key, sizeof(s->key), &f, "key");
	copy_field(s->name, sizeof(s->name), &f, "name");
	copy_field(s->address, sizeof(s->address), &f, "address");
	copy_field(s->hostkeys, sizeof(s->hostkeys), &f, "hostkeys");
	fields_free(&f);
}

void register_state_write(const struct register_state *s, int state_dir, const char *address)
{
	struct fields f = { .n = 0 };
	char path[PATH_ROOM];

	fields_set_num(&f, "time", s->tried);
	fields_set(&f, "result", s->result);
	fields_set(&f, "reason", s->reason);
	fields_set_num(&f, "taken", s->taken);
	fields_set(&f, "key", s->key);
	fields_set(&f, "name", s->name);
	fields_set(&f, "address", s->address);
	fields_set_num(&f, "port", s->port);
	fields_set(&f, "hostkeys", s->hostkeys);
	if (fields_write(&f, state_dir, state_path(path, address)) == -1)
		msg_warn("writing %s: %s", path, strerror(errno));
	fields_free(&f);
}

void register_state_remove(int state_dir, const char *address)
{
	char path[PATH_ROOM];

	unlinkat(state_dir, state_path(path, address), 0);
}

int register_state_told(struct register_state *s, const struct card *card)
{
	struct buf b = BUF_INIT(CARD_MAX);
	uint8_t digest[(sizeof(s->hostkeys) - 1) / 2];
	int rc = -1;

	card_add_keys(&b, "HOSTKEY", &card->hostkeys);
	if (buf_ok(&b)) {
		crypto_generichash(digest, sizeof(digest), (const uint8_t *)b.data, b.len, NULL, 0);
		hex_encode(s->hostkeys, digest, sizeof(digest));
		s->port = card->port;
		snprintf(s->name, sizeof(s->name), "%s", card->name);
		snprintf(s->address, sizeof(s->address), "%s", card->address);
		rc = 0;
	}
	buf_free(&b);
	return rc;
}

bool register_state_renamed(const struct register_state *s, const char *name)
{
	return s->name[0] != '\0' && name != NULL && strcmp(s->name, name) != 0;
}

bool register_state_hostkeys(const struct register_state *s, const struct card *now)
{
	struct register_state n = { .tried = 0 };

	return s->hostkeys[0] != '\0' && now->hostkeys.n > 0 && register_state_told(&n, now) == 0 &&
	    strcmp(n.hostkeys, s->hostkeys) != 0;
}

bool register_state_outdated(const struct register_state *s, const struct card *now)
{
	if (s->hostkeys[0] == '\0')
		return false;
	return register_state_renamed(s, now->name) || (now->port != 0 && now->port != s->port) ||
	    register_state_hostkeys(s, now) ||
	    (s->address[0] != '\0' && now->address[0] != '\0' &&
		strcmp(now->address, s->address) != 0);
}
