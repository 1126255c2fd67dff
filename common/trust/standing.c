/* SPDX-License-Identifier: ISC */
#include "common/trust/standing.h"

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

static const char *path_of(char out[PATH_ROOM], const char *address)
{
	snprintf(out, PATH_ROOM, "state/register-%s", address);
	return out;
}

static void take(char *out, size_t size, const char *value)
{
	snprintf(out, size, "%s", value != NULL ? value : "");
}

void standing_read(int state, const char *address, struct standing *s)
{
	struct fields f = { .n = 0 };
	char path[PATH_ROOM];
	const char *key, *hostkeys, *result, *reason;

	*s = (struct standing){ .tried = 0 };
	fields_read(&f, state, path_of(path, address));
	s->tried = fields_num(&f, "time", 0);
	s->taken = fields_num(&f, "taken", 0);
	/* A time to come is that of a clock which was wrong. */
	if (s->tried > now_s())
		s->tried = 0;
	take(s->name, sizeof(s->name), fields_get(&f, "name"));
	take(s->address, sizeof(s->address), fields_get(&f, "address"));
	key = fields_get(&f, "key");
	if (key != NULL)
		snprintf(s->key, sizeof(s->key), "%s", key);
	result = fields_get(&f, "result");
	reason = fields_get(&f, "reason");
	snprintf(s->result, sizeof(s->result), "%s", result != NULL ? result : "");
	snprintf(s->reason, sizeof(s->reason), "%s", reason != NULL ? reason : "");
	s->port = (uint16_t)fields_num(&f, "port", 0);
	hostkeys = fields_get(&f, "hostkeys");
	if (hostkeys != NULL)
		snprintf(s->hostkeys, sizeof(s->hostkeys), "%s", hostkeys);
	fields_free(&f);
}

void standing_write(int state, const char *address, const struct standing *s, const char *result,
    const char *reason)
{
	struct fields f = { .n = 0 };
	char path[PATH_ROOM];

	fields_set_num(&f, "time", s->tried);
	fields_set(&f, "result", result);
	fields_set(&f, "reason", reason);
	fields_set_num(&f, "taken", s->taken);
	fields_set(&f, "key", s->key);
	fields_set(&f, "name", s->name);
	fields_set(&f, "address", s->address);
	fields_set_num(&f, "port", s->port);
	fields_set(&f, "hostkeys", s->hostkeys);
	if (fields_write(&f, state, path_of(path, address)) == -1)
		msg_warn("writing %s: %s", path, strerror(errno));
	fields_free(&f);
}

int standing_told(struct standing *s, const struct card *card)
{
	struct buf b = BUF_INIT(CARD_MAX);
	uint8_t digest[(STANDING_HOSTKEYS - 1) / 2];
	int rc = -1;

	card_add_keys(&b, "HOSTKEY", &card->hostkeys);
	if (buf_ok(&b)) {
		crypto_generichash(digest, sizeof(digest), (const uint8_t *)b.data, b.len, NULL, 0);
		hex_encode(s->hostkeys, digest, sizeof(digest));
		s->port = card->port;
		take(s->name, sizeof(s->name), card->name);
		take(s->address, sizeof(s->address), card->address);
		rc = 0;
	}
	buf_free(&b);
	return rc;
}

bool standing_renamed(const struct standing *s, const char *name)
{
	return s->name[0] != '\0' && name != NULL && strcmp(s->name, name) != 0;
}

bool standing_outdated(const struct standing *s, const struct card *now)
{
	struct standing n = { .tried = 0 };

	if (s->hostkeys[0] == '\0' || standing_told(&n, now) == -1)
		return false;
	return standing_renamed(s, now->name) || (now->port != 0 && now->port != s->port) ||
	    (now->hostkeys.n > 0 && strcmp(n.hostkeys, s->hostkeys) != 0) ||
	    (s->address[0] != '\0' && now->address[0] != '\0' &&
		strcmp(now->address, s->address) != 0);
}

void standing_remove(int state, const char *address)
{
	char path[PATH_ROOM];

	unlinkat(state, path_of(path, address), 0);
}
