/* SPDX-License-Identifier: ISC */
/*
 * known_hosts and our lines of authorized_keys are made from the list of pinlist.h. bring_in_line()
 * does what the list and the files ask for, in the order that pins.h promises; every change of a
 * card ends there.
 */
#include "common/trust/pins.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/trust/authorized.h"
#include "common/trust/cardfile.h"
#include "common/trust/pinlist.h"
#include "common/trust/trustfiles.h"

#include "common/base/banned.h"

#define LOCK "state/register.lock"

static int make_known_hosts(const struct pins *p, struct buf *out)
{
	char text[SSHKEY_TEXT_MAX];

	for (size_t i = 0; i < p->n; i++) {
		const struct sshkeys *keys = &p->v[i].card.hostkeys;
		for (size_t k = 0; k < keys->n; k++) {
			sshkey_format(&keys->v[k], text);
			buf_addf(out, "%s %s\n", p->v[i].address, text);
		}
	}
	return buf_adds(out, "");
}

static int make_ours(const struct pins *p, struct buf *out)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct sshkeys *keys = &p->v[i].card.keys;
		for (size_t k = 0; k < keys->n; k++)
			authorized_add(out, &keys->v[k], p->v[i].address);
	}
	return buf_adds(out, "");
}

/* 1: one of the files is not what it should be, and with `change` is made so; 0: both are; -1: f. */
static int settle(const struct pins *p, bool change, struct fail *f)
{
	struct buf ours = BUF_INIT(TRUSTFILE_MAX), known = BUF_INIT(TRUSTFILE_MAX);
	int rc = -1, other;

	if (make_ours(p, &ours) == -1 || make_known_hosts(p, &known) == -1) {
		pinlist_failed(f, "making", "known_hosts");
		goto out;
	}
	/* Who may come in goes first: a master that is dropped is out before all else. */
	rc = trustfiles_authorized(p->dir, &ours, change, f);
	if (rc == -1)
		goto out;
	other = trustfiles_known_hosts(p->dir, &known, change, f);
	rc = other == -1 ? -1 : rc | other;
out:
	buf_free(&ours);
	buf_free(&known);
	return rc;
}

/* Removes cards: of masters/ those that are not configured, of imported/ those that are. */
static int remove_cards(struct pins *p, const char *folder, bool configured, struct fail *f)
{
	struct cardnames names;
	int rc = 0;

	if (cardfile_list(p->dir, folder, &names) == -1)
		return pinlist_failed(f, "reading", folder);
	for (size_t i = 0; i < names.n && rc == 0; i++) {
		if (pins_configured(p->config, names.v[i]) != configured)
			continue;
		rc = cardfile_remove(p->dir, folder, names.v[i]);
		if (rc == -1) {
			pinlist_failed(f, "removing a card from", folder);
		} else if (!configured) {
			standing_remove(p->dir, names.v[i]);
			msg_info(
			    "%s is no longer in sender.masters: its pins are dropped", names.v[i]);
		}
	}
	cardnames_free(&names);
	return rc;
}

static int bring_in_line(struct pins *p, struct fail *f)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].adopt && cardfile_write(p->dir, MASTERS, &p->v[i].card, NULL) == -1)
			return pinlist_failed(f, "writing a card to", MASTERS);
		p->v[i].adopt = false;
	}
	if (settle(p, true, f) == -1)
		return -1;
	if (p->leftovers &&
	    (remove_cards(p, MASTERS, false, f) == -1 || remove_cards(p, IMPORTED, true, f) == -1))
		return -1;
	p->leftovers = false;
	return 0;
}

/* Takes the card over. */
static int keep(
    struct pins *p, struct master *m, const struct card *card, bool *changed, struct fail *f)
{
	const char *folder = m->configured ? MASTERS : IMPORTED;

	if (card_copy(&m->card, card) == -1)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	/* As this node calls it, and only what a card has. */
	snprintf(m->card.address, sizeof(m->card.address), "%s", m->address);
	m->card.period = 0;
	if (cardfile_write(p->dir, folder, &m->card, changed) == -1)
		return pinlist_failed(f, "writing a card to", folder);
	m->adopt = false;
	return bring_in_line(p, f);
}

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
 * The secret follows from a master's name. So a name stays with its master: one that was taken over
 * and stands at the address of another proves only its own, and two masters of one name, which
 * could pass for this node at each other, are not both pinned. A master may have several addresses.
 */
static int check_name(
    const struct pins *p, const struct master *m, const struct card *card, struct fail *f)
{
	bool renamed = m->card.name[0] != '\0' && strcmp(m->card.name, card->name) != 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct master *o = &p->v[i];

		if (o == m || strcmp(o->card.name, card->name) != 0)
			continue;
		if (renamed)
			return fail_set(f, ERR_AUTH, EX_NOPERM,
			    "it was master %s and is now %s, the master at %s; nothing is changed. "
			    "If that is right, remove %s/" MASTERS "/%s",
			    m->card.name, card->name, o->address, p->config->state, m->address);
		if (!have_key_in_common(&o->card.keys, &card->keys) &&
		    !have_key_in_common(&o->card.hostkeys, &card->hostkeys))
			return fail_set(f, ERR_AUTH, EX_NOPERM,
			    "the master at %s is called %s too, and has other keys: give one of "
			    "the two another name (bijk-master rename), or, if they are one, "
			    "remove "
			    "%s/" MASTERS "/%s",
			    o->address, card->name, p->config->state, o->address);
	}
	return 0;
}

int pins_put(struct pins *p, const char *address, const struct card *card,
    const struct sshkey *took, const struct card *ours, struct fail *f)
{
	struct master *m = pinlist_find(p, address);

	if (m == NULL || !m->configured)
		return fail_set(f, ERR_NONE, EX_CONFIG, "%s is not in sender.masters", address);
	if (check_name(p, m, card, f) == -1)
		return -1;
	if (keep(p, m, card, NULL, f) == -1)
		return -1;
	/* Only now: after a crash before this line the master is asked again. */
	m->standing.tried = m->standing.taken = now_s();
	sshkey_fingerprint(took, m->standing.key);
	if (standing_told(&m->standing, ours) == -1)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	standing_write(p->dir, address, &m->standing, "taken", "");
	return 0;
}

int pins_import(struct pins *p, const struct card *card, bool *changed, struct fail *f)
{
	struct master *m;

	if (card->kind != CARD_MASTER || card->address[0] == '\0')
		return fail_set(
		    f, ERR_NONE, EX_DATAERR, "this is not the card of a master with its ADDRESS");
	m = pinlist_have(p, card->address, f);
	return m == NULL || check_name(p, m, card, f) == -1 ? -1 : keep(p, m, card, changed, f);
}

void pins_note(struct pins *p, const char *address, const char *result, const char *reason)
{
	struct master *m = pinlist_find(p, address);

	if (m == NULL)
		return;
	m->standing.tried = now_s();
	standing_write(p->dir, address, &m->standing, result, reason);
}

static int open_parts(struct pins *p, enum pins_mode mode, deadline_t d, struct fail *f)
{
	int state;

	p->known_hosts = path_join(p->config->state, "known_hosts");
	if (p->known_hosts == NULL)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	p->dir = open(p->config->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir == -1)
		return fail_set(
		    f, ERR_NONE, EX_CANTCREAT, "opening %s: %s", p->config->state, strerror(errno));
	if (mode == PINS_READ)
		return pinlist_load(p, f);
	state = dir_make(p->dir, "state", 0700);
	if (state == -1)
		return pinlist_failed(f, "making", "state");
	close_fd(state);
	p->lock = lock_take(p->dir, LOCK, d);
	if (p->lock == -1 && errno == EWOULDBLOCK)
		return fail_set(f, ERR_NONE, EX_TEMPFAIL, "another run is registering this node");
	if (p->lock == -1)
		return pinlist_failed(f, "locking", LOCK);
	return pinlist_load(p, f) == -1 || bring_in_line(p, f) == -1 ? -1 : 0;
}

struct pins *pins_open(
    const struct node_config *c, enum pins_mode mode, deadline_t d, struct fail *f)
{
	struct pins *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
		return NULL;
	}
	p->config = c;
	p->dir = p->lock = -1;
	if (open_parts(p, mode, d, f) == -1) {
		pins_close(p);
		return NULL;
	}
	return p;
}

void pins_close(struct pins *p)
{
	if (p == NULL)
		return;
	pinlist_free(p);
	free(p->known_hosts);
	close_fd(p->lock);
	close_fd(p->dir);
	free(p);
}

bool pins_stale(const struct pins *p)
{
	struct fail f;

	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].adopt)
			return true;
	}
	return p->leftovers || settle(p, false, &f) != 0;
}

const char *pins_known_hosts(const struct pins *p)
{
	return p->known_hosts;
}

const char *pins_master_name(const struct pins *p, const char *address)
{
	const struct master *m = pinlist_find(p, address);

	return m != NULL && m->card.name[0] != '\0' ? m->card.name : NULL;
}

bool pins_took(const struct pins *p, const char *address, const struct sshkey *k)
{
	const struct master *m = pinlist_find(p, address);
	char key[STANDING_KEY_MAX];

	sshkey_fingerprint(k, key);
	return m != NULL && strcmp(m->standing.key, key) == 0;
}

enum pin pins_standing(const struct pins *p, const char *address, const struct pushkey *keys)
{
	const struct master *m = pinlist_find(p, address);

	if (m == NULL || m->card.name[0] == '\0')
		return PIN_NONE;
	if (m->standing.key[0] == '\0')
		return PIN_CARD;
	if (standing_renamed(&m->standing, p->config->name))
		return PIN_NONE;
	if (pins_took(p, address, &keys->key) ||
	    (keys->rotating && pins_took(p, address, &keys->next)))
		return PIN_TAKEN;
	return PIN_NONE;
}

int64_t pins_tried(const struct pins *p, const char *address)
{
	const struct master *m = pinlist_find(p, address);

	return m != NULL ? m->standing.tried : 0;
}

const struct standing *pins_registered(const struct pins *p, const char *address)
{
	const struct master *m = pinlist_find(p, address);

	return m != NULL && m->configured ? &m->standing : NULL;
}
