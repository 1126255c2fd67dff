/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/outward.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/io.h"
#include "common/base/owner.h"
#include "common/base/sock.h"
#include "common/exchange/sender.h"
#include "common/exchange/wire.h"
#include "common/ssh/tunnel.h"
#include "common/trust/masters.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

#define CONNECT_SECONDS 4
#define TALK_SECONDS 10

static enum reach reach_of(int error)
{
	switch (error) {
	case ECONNREFUSED: return REACH_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH: return REACH_NO_WAY;
	default: return REACH_SILENT;
	}
}

static int connect_to(const struct outward *o, uint16_t port, enum reach *how)
{
	const char *why;
	int fd = sock_connect(o->host, port, deadline_in_s(CONNECT_SECONDS), &why);

	*how = fd != -1 ? REACH_GOOD : reach_of(errno);
	return fd;
}

struct known {
	const struct node_config *config;
	struct pushkey keys;
	struct masters *masters;
};

/* Opening would make a key that is missing: the caller has seen that it is
 * there. */
static bool open_known(struct known *k, const struct node_config *c, struct fail *f)
{
	*k = (struct known){ .config = c };
	if (access(c->state, X_OK) == -1 || pushkey_open(&k->keys, c, f) == -1)
		return false;
	k->masters = masters_open(c, MASTERS_READ, DEADLINE_NEVER, f);
	return k->masters != NULL;
}

static void talk(struct outward *o, const struct card *me, int fd)
{
	struct card answer = { .kind = CARD_MASTER };
	struct fail f = { .text = "" };
	struct wire w;

	if (wire_init(&w, fd, fd) == 0) {
		wire_limit_total(&w, deadline_in_s(TALK_SECONDS));
		o->result = register_talk(me, &w, &answer, &f);
		o->code = (int)f.code;
		o->asked = true;
		snprintf(o->register_why, sizeof(o->register_why), "%s", f.text);
		snprintf(o->master, sizeof(o->master), "%s", answer.name);
	}
	wire_free(&w);
	card_free(&answer);
}

/*
 * To ask is to register, which changes nothing only where the master has all of
 * it already: so this is asked only if what the node would say is what it said
 * when it was taken.
 */
static void look_at_registration(struct outward *o, const struct known *k)
{
	const struct register_state *s = masters_state(k->masters, o->host);
	struct card me = { .kind = CARD_NODE };
	struct fail f = { .text = "" };
	struct register_state now = { .tried = 0 };
	int fd = connect_to(o, (uint16_t)o->config->register_port, &o->register_port);
	bool made = own_card_make(&me, o->config, &k->keys, &f) == 0;

	if (!own_card_address(o->config, o->host, me.address))
		me.address[0] = '\0';
	if (s != NULL) {
		snprintf(o->noted, sizeof(o->noted), "%s", s->result);
		snprintf(o->register_why, sizeof(o->register_why), "%s", s->reason);
	}
	if (!made || register_state_told(&now, &me) == -1)
		snprintf(o->register_why, sizeof(o->register_why), "%s", f.text);
	else if (s != NULL)
		o->outdated = register_state_outdated(s, &me);
	if (s != NULL && register_state_renamed(s, o->config->name))
		snprintf(o->registered_as, sizeof(o->registered_as), "%s", s->name);
	if (fd != -1 && o->standing == REGISTERED && !o->outdated && now.hostkeys[0] != '\0')
		talk(o, &me, fd);
	close_fd(fd);
	card_free(&me);
}

static void look_at_exchange(struct outward *o, const struct known *k, const struct tunnel *t)
{
	struct send s = { .config = o->config,
		.direction = DIRECTION_PUSH,
		.master = masters_name(k->masters, o->host),
		.timeout = TALK_SECONDS,
		.until = o->greeting_only ? SEND_TO_GREETING : SEND_TO_POSITION };
	const char *why = "";

	if (hash_read(AT_FDCWD, o->config->hash, s.hash, &why) == -1) {
		snprintf(o->exchange_why, sizeof(o->exchange_why), "%s: %s", o->config->hash, why);
		return;
	}
	o->exchanged = send_session(&s, t->fd, t->fd) == 0;
	o->greeted = s.master_name[0] != '\0';
	o->period = s.period;
	o->wait = s.wait;
	o->skew = s.skew;
	o->exchange_code = (int)s.fail.code;
	snprintf(o->exchange_why, sizeof(o->exchange_why), "%s", s.fail.text);
	sodium_memzero(s.hash, sizeof(s.hash));
}

static void look_at_tunnel(struct outward *o, const struct known *k)
{
	struct ssh_verdict v;
	struct tunnel t;
	struct fail f = { .text = "" };
	struct tunnel_to to = masters_tunnel(k->masters, &k->keys, o->host);

	o->tunnel = tunnel_open(&t, &to, &v, &f) == 0;
	if (o->tunnel) {
		look_at_exchange(o, k, &t);
		/* Where nobody greeted us, ssh may know more. */
		if (!o->exchanged && !o->greeted) {
			tunnel_explain(&t, &v, &f);
			o->tunnel = v.trouble == SSH_TROUBLE_NONE;
		}
	}
	o->trouble = (int)v.trouble;
	snprintf(o->tunnel_why, sizeof(o->tunnel_why), "%s", f.text);
	tunnel_close(&t);
}

static int look(void *arg)
{
	struct outward *o = arg;
	struct fail f = { .text = "" };
	struct known k;
	int fd;

	/* What is warned of on the way is found again here, in the doctor's own
	 * words. */
	if (freopen("/dev/null", "w", stderr) == NULL || owner_become(o->config->state) == -1 ||
	    !open_known(&k, o->config, &f))
		return 1;
	o->standing = (int)masters_registered(k.masters, o->host, &k.keys);
	look_at_registration(o, &k);
	if (o->push) {
		fd = connect_to(o, (uint16_t)o->config->ssh_port, &o->ssh_port);
		close_fd(fd);
		/* A key that is refused costs whoever shares our address a
		 * penalty: none is shown that is not known there. */
		if (fd != -1 && o->standing != UNREGISTERED)
			look_at_tunnel(o, &k);
	}
	masters_close(k.masters);
	pushkey_close(&k.keys);
	return 0;
}

bool outward_look(struct outward *o)
{
	struct outward *shared = worker_memory(sizeof(*shared));
	bool good;

	if (shared == NULL)
		return false;
	*shared = *o;
	good = worker_run(look, shared, OUTWARD_SECONDS) == 0;
	*o = *shared;
	munmap(shared, sizeof(*shared));
	return good;
}
