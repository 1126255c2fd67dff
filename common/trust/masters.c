/* SPDX-License-Identifier: ISC */
/*
 * All masters are read into one list, and known_hosts and authorized_keys are
 * made from it. bring_in_line() does what the list and the files ask for, in
 * the order that masters.h promises; every change of a card ends there.
 */
#include "common/trust/masters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define LOCK "state/register.lock"
#define FOLDER "masters"
#define PATH_ROOM 320
#define TRUST_FILE_MAX (8u << 20) /* bytes of known_hosts or authorized_keys */
#define AUTHORIZED_HEAD                                                                            \
	"# Written by bijk-keyreg. Other keys belong into authorized_keys2, see bijk-keyreg(8).\n"

struct master {
	char address[256];
	bool configured;
	bool has_file;	  /* in masters/ */
	struct card card; /* name "": none */
	struct register_state state;
};

struct masters {
	const struct node_config *config;
	int dir, lock;
	char *known_hosts;
	struct master *v; /* those that are configured come first */
	size_t n;
};

/* -1, with errno in f. */
static int masters_failed(struct fail *f, const char *what, const char *path)
{
	int code = errno == EACCES || errno == EPERM || errno == EROFS ? EX_CANTCREAT : EX_IOERR;

	return fail_set(f, ERR_NONE, code, "%s %s: %s", what, path, strerror(errno));
}

static int no_memory(struct fail *f)
{
	return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
}

/* --- The list --- */

bool masters_configured(const struct node_config *c, const char *address)
{
	for (size_t i = 0; i < c->masters.n; i++) {
		if (strcmp(c->masters.v[i], address) == 0)
			return true;
	}
	return false;
}

static struct master *find_master(const struct masters *ms, const char *address)
{
	for (size_t i = 0; i < ms->n; i++) {
		if (strcmp(ms->v[i].address, address) == 0)
			return &ms->v[i];
	}
	return NULL;
}

/* Adds it if it is not in the list, which moves the others. NULL: f. */
static struct master *have_master(struct masters *ms, const char *address, struct fail *f)
{
	struct master *m = find_master(ms, address);

	if (m != NULL)
		return m;
	m = reallocarray(ms->v, ms->n + 1, sizeof(*m));
	if (m == NULL) {
		no_memory(f);
		return NULL;
	}
	ms->v = m;
	m = &ms->v[ms->n++];
	*m = (struct master){ .configured = masters_configured(ms->config, address) };
	snprintf(m->address, sizeof(m->address), "%s", address);
	return m;
}

/* --- Cards --- */

static const char *card_path(char out[PATH_ROOM], const char *address)
{
	snprintf(out, PATH_ROOM, FOLDER "/%s", address);
	return out;
}

/* A card names no interface of a machine; the file's name does. */
static const char *address_in_card(const char *address)
{
	return hostaddr_portable(address) ? address : "";
}

/* Warns of a file that holds no card of this master; then there is none. */
static int read_card(const struct masters *ms, struct master *m, struct fail *f)
{
	struct buf b = BUF_INIT(CARD_MAX);
	char path[PATH_ROOM];
	const char *why;
	unsigned line;
	bool good = false;

	if (file_read(ms->dir, card_path(path, m->address), &b) == -1) {
		buf_free(&b);
		return masters_failed(f, "reading the card", path);
	}
	if (card_parse(&m->card, b.data != NULL ? b.data : "", b.len, &line, &why) == -1)
		msg_warn("%s, line %u: %s", path, line, why);
	else if (m->card.kind != CARD_MASTER ||
	    strcmp(m->card.address, address_in_card(m->address)) != 0)
		msg_warn("%s: not the card of a master with this address", path);
	else
		good = true;
	if (!good)
		card_free(&m->card);
	buf_free(&b);
	return 0;
}

static int write_card(struct masters *ms, struct master *m, bool *changed, struct fail *f)
{
	struct buf b = BUF_INIT(CARD_MAX);
	char path[PATH_ROOM];
	int dir = dir_make(ms->dir, FOLDER, 0700), rc = -1;
	struct card stored = m->card;

	snprintf(stored.address, sizeof(stored.address), "%s", address_in_card(m->address));
	card_path(path, m->address);
	if (dir != -1 && card_format(&stored, &b) == 0)
		rc = file_update(ms->dir, path, b.data, b.len, 0600, changed);
	if (rc == -1)
		masters_failed(f, "writing the card", path);
	m->has_file |= rc == 0;
	close_fd(dir);
	buf_free(&b);
	return rc;
}

/* What a crash left of a card half written is no card. */
static bool is_card_name(const char *name)
{
	size_t len = strlen(name);

	return hostaddr_valid(name) && (len < 4 || strcmp(name + len - 4, ".tmp") != 0);
}

static int load_cards(struct masters *ms, struct fail *f)
{
	int dir = dir_open(ms->dir, FOLDER), rc;
	struct name_list names;

	if (dir == -1)
		return errno == ENOENT ? 0 : masters_failed(f, "opening", FOLDER);
	rc = name_list_read(&names, dir, is_card_name);
	close_fd(dir);
	if (rc == -1)
		return masters_failed(f, "reading", FOLDER);
	for (size_t i = 0; i < names.n && rc == 0; i++) {
		struct master *m = have_master(ms, names.v[i], f);

		if (m != NULL)
			m->has_file = true;
		rc = m == NULL ? -1 : m->configured ? read_card(ms, m, f) : 0;
	}
	name_list_free(&names);
	return rc;
}

static int load(struct masters *ms, struct fail *f)
{
	for (size_t i = 0; i < ms->config->masters.n; i++) {
		struct master *m = have_master(ms, ms->config->masters.v[i], f);
		if (m == NULL)
			return -1;
		register_state_read(&m->state, ms->dir, m->address);
	}
	return load_cards(ms, f);
}

/* --- What follows from the cards --- */

static int make_texts(const struct masters *ms, struct buf *known, struct buf *authorized)
{
	char text[SSHKEY_TEXT_MAX];

	for (size_t i = 0; i < ms->n; i++) {
		const struct master *m = &ms->v[i];
		for (size_t k = 0; k < m->card.hostkeys.n; k++) {
			sshkey_format(&m->card.hostkeys.v[k], text);
			buf_addf(known, "%s %s\n", m->address, text);
		}
		for (size_t k = 0; k < m->card.keys.n; k++) {
			sshkey_format(&m->card.keys.v[k], text);
			if (authorized->len == 0)
				buf_adds(authorized, AUTHORIZED_HEAD);
			buf_addf(authorized, "restrict,command=\"pull\" %s bijk-master:%s\n", text,
			    m->address);
		}
	}
	return buf_ok(known) && buf_ok(authorized) ? 0 : -1;
}

/* Does the file differ, or may others write it? A missing one is empty. -1:
 * errno. */
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
		    fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == -1 || (st.st_mode & 022) != 0;
	buf_free(&old);
	return rc;
}

static int settle_file(
    int dir, const char *path, const struct buf *want, bool change, struct fail *f)
{
	int rc = file_differs(dir, path, want);

	if (rc == -1)
		return masters_failed(f, "reading", path);
	if (rc == 1 && change &&
	    file_replace(dir, path, want->data, want->len, 0600, FILE_DURABLE) == -1)
		return masters_failed(f, "writing", path);
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
		rc = masters_failed(f, "opening", ".ssh");
	else
		rc = settle_file(ssh, "authorized_keys", want, change, f);
	close_fd(ssh);
	return rc;
}

/*
 * 1: one of them was not what it should be, and with `change` is made so,
 * durably and in one step; 0: both were; -1: f. A file that is not there is
 * empty. What cannot be read is not replaced.
 */
static int settle_files(const struct masters *ms, bool change, struct fail *f)
{
	struct buf known = BUF_INIT(TRUST_FILE_MAX), authorized = BUF_INIT(TRUST_FILE_MAX);
	int rc, other = 0;

	if (make_texts(ms, &known, &authorized) == -1)
		rc = no_memory(f);
	else /* A dropped master loses access before anything else. */
		rc = settle_authorized(ms->dir, &authorized, change, f);
	if (rc != -1)
		other = settle_file(ms->dir, "known_hosts", &known, change, f);
	buf_free(&known);
	buf_free(&authorized);
	return other == -1 ? -1 : rc | other;
}

static bool is_dropped(const struct master *m)
{
	return m->has_file && !m->configured;
}

static int drop_master(const struct masters *ms, struct master *m, struct fail *f)
{
	char path[PATH_ROOM];

	if (file_remove(ms->dir, card_path(path, m->address)) == -1)
		return masters_failed(f, "removing", path);
	m->has_file = false;
	register_state_remove(ms->dir, m->address);
	msg_info("%s is no longer in sender.masters: its pins are dropped", m->address);
	return 0;
}

static int bring_in_line(struct masters *ms, struct fail *f)
{
	if (settle_files(ms, true, f) == -1)
		return -1;
	for (size_t i = 0; i < ms->n; i++) {
		if (is_dropped(&ms->v[i]) && drop_master(ms, &ms->v[i], f) == -1)
			return -1;
	}
	return 0;
}

bool masters_stale(const struct masters *ms)
{
	struct fail f;

	for (size_t i = 0; i < ms->n; i++) {
		if (is_dropped(&ms->v[i]))
			return true;
	}
	return settle_files(ms, false, &f) != 0;
}

/* --- Opening --- */

static int open_parts(struct masters *ms, enum masters_mode mode, deadline_t d, struct fail *f)
{
	int state;

	ms->known_hosts = path_join(ms->config->state, "known_hosts");
	if (ms->known_hosts == NULL)
		return no_memory(f);
	ms->dir = open(ms->config->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ms->dir == -1)
		return fail_set(f, ERR_NONE, EX_CANTCREAT, "opening %s: %s", ms->config->state,
		    strerror(errno));
	if (mode == MASTERS_READ)
		return load(ms, f);
	state = dir_make(ms->dir, "state", 0700);
	if (state == -1)
		return masters_failed(f, "making", "state");
	close_fd(state);
	ms->lock = lock_take(ms->dir, LOCK, d);
	if (ms->lock == -1 && errno == EWOULDBLOCK)
		return fail_set(f, ERR_NONE, EX_TEMPFAIL, "another run is registering this node");
	if (ms->lock == -1)
		return masters_failed(f, "locking", LOCK);
	return load(ms, f) == -1 ? -1 : bring_in_line(ms, f);
}

struct masters *masters_open(
    const struct node_config *c, enum masters_mode mode, deadline_t d, struct fail *f)
{
	struct masters *ms = calloc(1, sizeof(*ms));

	if (ms == NULL) {
		no_memory(f);
		return NULL;
	}
	ms->config = c;
	ms->dir = ms->lock = -1;
	if (open_parts(ms, mode, d, f) == -1) {
		masters_close(ms);
		return NULL;
	}
	return ms;
}

void masters_close(struct masters *ms)
{
	if (ms == NULL)
		return;
	for (size_t i = 0; i < ms->n; i++)
		card_free(&ms->v[i].card);
	free(ms->v);
	free(ms->known_hosts);
	close_fd(ms->lock);
	close_fd(ms->dir);
	free(ms);
}

/* --- Changes --- */

static bool have_key_in_common(const struct sshkeys *a, const struct sshkeys *b)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			if (sshkey_equal(&a->v[i], &b->v[k]))
				return true;
		}
	}
	return false;
}

/*
 * The secret follows from a master's name. So a name stays with its master: one
 * that was taken over and stands at the address of another proves only its own,
 * and two masters of one name, which could pass for this node at each other,
 * are not both pinned. A master may have several addresses.
 */
static int check_name(
    const struct masters *ms, const struct master *m, const struct card *card, struct fail *f)
{
	bool renamed = m->card.name[0] != '\0' && strcmp(m->card.name, card->name) != 0;

	for (size_t i = 0; i < ms->n; i++) {
		const struct master *o = &ms->v[i];

		if (o == m || strcmp(o->card.name, card->name) != 0)
			continue;
		if (renamed)
			return fail_set(f, ERR_AUTH, EX_NOPERM,
			    "it was master %s and is now %s, the master at %s; nothing is changed. "
			    "If that is right, remove %s/masters/%s",
			    m->card.name, card->name, o->address, ms->config->state, m->address);
		if (!have_key_in_common(&o->card.keys, &card->keys) &&
		    !have_key_in_common(&o->card.hostkeys, &card->hostkeys))
			return fail_set(f, ERR_AUTH, EX_NOPERM,
			    "the master at %s is called %s too, and has other keys: give one of "
			    "the two another name (master.name there), or, if they are one, "
			    "remove %s/masters/%s",
			    o->address, card->name, ms->config->state, o->address);
	}
	return 0;
}

static int keep_card(
    struct masters *ms, const char *address, struct card *card, bool *changed, struct fail *f)
{
	struct master *m = find_master(ms, address);

	if (m == NULL || !m->configured)
		return fail_set(f, ERR_NONE, EX_CONFIG,
		    "%s is not in sender.masters: add it there, or have the card made for the "
		    "address that is: bijk-master export --address ADDRESS",
		    address);
	if (check_name(ms, m, card, f) == -1)
		return -1;
	card_free(&m->card);
	m->card = *card;
	m->card.period = 0; /* a card has none */
	card->keys = card->hostkeys = (struct sshkeys){ .n = 0 };
	return write_card(ms, m, changed, f) == -1 ? -1 : bring_in_line(ms, f);
}

int masters_put(struct masters *ms, const char *address, struct card *card,
    const struct sshkey *took, const struct card *ours, struct fail *f)
{
	struct master *m = find_master(ms, address);

	if (keep_card(ms, address, card, NULL, f) == -1)
		return -1;
	/*
	 * Only now: after a crash before this line the master is asked again.
	 */
	if (register_state_told(&m->state, ours) == -1)
		return no_memory(f);
	m->state.taken = now_s();
	sshkey_fingerprint(took, m->state.key);
	masters_note(ms, address, "taken", "");
	return 0;
}

int masters_import(struct masters *ms, struct card *card, bool *changed, struct fail *f)
{
	if (card->kind != CARD_MASTER || card->address[0] == '\0')
		return fail_set(
		    f, ERR_NONE, EX_DATAERR, "this is not the card of a master with its ADDRESS");
	return keep_card(ms, card->address, card, changed, f);
}

void masters_note(struct masters *ms, const char *address, const char *result, const char *reason)
{
	struct master *m = find_master(ms, address);

	if (m == NULL)
		return;
	m->state.tried = now_s();
	snprintf(m->state.result, sizeof(m->state.result), "%s", result);
	snprintf(m->state.reason, sizeof(m->state.reason), "%s", reason);
	register_state_write(&m->state, ms->dir, address);
}

/* --- Questions --- */

const char *masters_name(const struct masters *ms, const char *address)
{
	const struct master *m = find_master(ms, address);

	return m != NULL && m->card.name[0] != '\0' ? m->card.name : NULL;
}

const struct copies *masters_copies(
    const struct node_config *config, const struct masters *ms, struct copies *c)
{
	size_t unknown = 0;

	if (config->copies <= 1)
		return NULL;
	*c = (struct copies){ .wanted = config->copies };
	if (ms == NULL)
		return c;
	for (size_t i = 0; i < config->masters.n; i++) {
		const char *name = masters_name(ms, config->masters.v[i]);

		if (name != NULL)
			copies_add(c, name);
		else
			unknown++;
	}
	if (c->wanted > c->n + unknown)
		c->wanted = c->n + unknown;
	return c;
}

size_t masters_keys(const struct masters *ms)
{
	size_t n = 0;

	for (size_t i = 0; i < ms->n; i++)
		n += ms->v[i].card.keys.n;
	return n;
}

struct tunnel_to masters_tunnel(
    const struct masters *ms, const struct pushkey *keys, const char *address)
{
	return (struct tunnel_to){ .config = ms->config,
		.address = address,
		.identity = { keys->path, keys->rotating ? keys->next_path : NULL },
		.known_hosts = ms->known_hosts };
}

const struct register_state *masters_state(const struct masters *ms, const char *address)
{
	const struct master *m = find_master(ms, address);

	return m != NULL && m->configured ? &m->state : NULL;
}

bool masters_took(const struct masters *ms, const char *address, const struct sshkey *k)
{
	const struct master *m = find_master(ms, address);
	char key[sizeof(m->state.key)];

	sshkey_fingerprint(k, key);
	return m != NULL && strcmp(m->state.key, key) == 0;
}

enum registered masters_registered(
    const struct masters *ms, const char *address, const struct pushkey *keys)
{
	const struct master *m = find_master(ms, address);

	if (m == NULL || m->card.name[0] == '\0')
		return UNREGISTERED;
	if (m->state.key[0] == '\0')
		return CARD_ONLY;
	if (register_state_renamed(&m->state, ms->config->name))
		return UNREGISTERED;
	return masters_took(ms, address, &keys->key) ||
		(keys->rotating && masters_took(ms, address, &keys->next))
	    ? REGISTERED
	    : UNREGISTERED;
}
