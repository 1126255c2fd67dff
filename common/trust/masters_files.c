/* SPDX-License-Identifier: ISC */
#include "common/trust/masters_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define PATH_ROOM 320

/* --- Cards --- */

static const char *const folders[] = { [MASTERS] = "masters", [IMPORTED] = "imported" };

static const char *card_path(char out[PATH_ROOM], enum folder folder, const char *address)
{
	snprintf(out, PATH_ROOM, "%s/%s", folders[folder], address);
	return out;
}

/* A card names no interface of a machine; the file's name does. */
static const char *address_in_card(const char *address)
{
	return hostaddr_portable(address) ? address : "";
}

int card_file_read(int state_dir, enum folder folder, const char *address, struct card *c)
{
	struct buf b = BUF_INIT(CARD_MAX);
	char path[PATH_ROOM];
	const char *why;
	unsigned line;
	int rc = -1;

	*c = (struct card){ .kind = CARD_MASTER };
	if (file_read(state_dir, card_path(path, folder, address), &b) == -1)
		goto out;
	rc = 0;
	if (card_parse(c, b.data != NULL ? b.data : "", b.len, &line, &why) == -1)
		msg_warn("%s, line %u: %s", path, line, why);
	else if (c->kind != CARD_MASTER || strcmp(c->address, address_in_card(address)) != 0)
		msg_warn("%s: not the card of a master with this address", path);
	else
		rc = 1;
out:
	if (rc != 1)
		card_free(c);
	buf_free(&b);
	return rc;
}

int card_file_write(
    int state_dir, enum folder folder, const char *address, const struct card *c, bool *changed)
{
	struct buf b = BUF_INIT(CARD_MAX);
	char path[PATH_ROOM];
	int dir = dir_make(state_dir, folders[folder], 0700), rc = -1;
	struct card stored = *c;

	snprintf(stored.address, sizeof(stored.address), "%s", address_in_card(address));
	if (dir != -1 && card_format(&stored, &b) == 0)
		rc = file_update(
		    state_dir, card_path(path, folder, address), b.data, b.len, 0600, changed);
	close_fd(dir);
	buf_free(&b);
	return rc;
}

int card_file_remove(int state_dir, enum folder folder, const char *address)
{
	char path[PATH_ROOM];

	return file_remove(state_dir, card_path(path, folder, address));
}

/* What a crash left of a card half written is no card. */
static bool is_card_name(const char *name)
{
	size_t len = strlen(name);

	return hostaddr_valid(name) && (len < 4 || strcmp(name + len - 4, ".tmp") != 0);
}

int card_file_list(int state_dir, enum folder folder, struct name_list *names)
{
	int dir = dir_open(state_dir, folders[folder]), rc;

	*names = (struct name_list){ .n = 0 };
	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	rc = name_list_read(names, dir, is_card_name);
	close_fd(dir);
	return rc;
}

const char *folder_name(enum folder folder)
{
	return folders[folder];
}

/* --- What ssh and sshd read --- */

/* Does the file differ, or its mode? A missing one is empty. -1: errno. */
static int file_differs(int dir, const char *path, const struct buf *want)
{
	struct buf old = BUF_INIT(TRUST_FILE_MAX);
	struct stat st;
	int rc;

	if (file_read(dir, path, &old) == -1)
		rc = errno == ENOENT ? want->len > 0 : -1;
	else
		rc = old.len != want->len ||
		    (old.len > 0 && memcmp(old.data, want->data, old.len) != 0) ||
		    fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    (st.st_mode & 07777) != 0600;
	buf_free(&old);
	return rc;
}

static int settle_file(
    int dir, const char *path, const struct buf *want, bool change, struct fail *f)
{
	int rc = file_differs(dir, path, want);

	if (rc == -1)
		return fail_set(f, ERR_NONE, EX_CANTCREAT, "reading %s: %s", path, strerror(errno));
	if (rc == 1 && change &&
	    file_replace(dir, path, want->data, want->len, 0600, FILE_DURABLE) == -1)
		return fail_set(f, ERR_NONE, EX_CANTCREAT, "writing %s: %s", path, strerror(errno));
	return rc;
}

static int settle_authorized(int state_dir, const struct buf *want, bool change, struct fail *f)
{
	int ssh = change && want->len > 0 ? dir_make(state_dir, ".ssh", 0700)
					  : dir_open(state_dir, ".ssh");
	struct stat st;
	int rc;

	if (ssh == -1 && errno == ENOENT)
		return want->len > 0;
	/* sshd takes no key from a directory that others can write to. */
	if (ssh == -1 || fstat(ssh, &st) == -1 ||
	    (change && (st.st_mode & 07777) != 0700 && fchmod(ssh, 0700) == -1))
		rc = fail_set(f, ERR_NONE, EX_CANTCREAT, "opening .ssh: %s", strerror(errno));
	else
		rc = settle_file(ssh, "authorized_keys", want, change, f);
	close_fd(ssh);
	return rc;
}

int trust_files_settle(int state_dir, const struct buf *known, const struct buf *authorized,
    bool change, struct fail *f)
{
	/* A dropped master loses access before anything else. */
	int rc = settle_authorized(state_dir, authorized, change, f), other;

	if (rc == -1)
		return -1;
	other = settle_file(state_dir, "known_hosts", known, change, f);
	return other == -1 ? -1 : rc | other;
}

/* --- Registration state --- */

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

bool register_state_outdated(const struct register_state *s, const struct card *now)
{
	struct register_state n = { .tried = 0 };

	if (s->hostkeys[0] == '\0' || register_state_told(&n, now) == -1)
		return false;
	return register_state_renamed(s, now->name) || (now->port != 0 && now->port != s->port) ||
	    (now->hostkeys.n > 0 && strcmp(n.hostkeys, s->hostkeys) != 0) ||
	    (s->address[0] != '\0' && now->address[0] != '\0' &&
		strcmp(now->address, s->address) != 0);
}
