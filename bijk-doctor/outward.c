/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/outward.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/io.h"
#include "common/base/num.h"
#include "common/base/owner.h"
#include "common/base/sock.h"
#include "common/exchange/sender.h"
#include "common/exchange/wire.h"
#include "common/ssh/tunnel.h"
#include "common/trust/masters.h"
#include "common/trust/register.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

#define OUTWARD_SECONDS 45
#define CONNECT_SECONDS 4
#define TALK_SECONDS 10
#define SKEW_MAX 60

/* Adds a step. True: the next can be tried. */
__attribute__((format(printf, 5, 6))) static bool step(
    struct outward *o, enum verdict v, enum advice advice, const char *what, const char *found, ...)
{
	struct outward_step *s = &o->step[o->n];
	va_list ap;

	if (o->n == OUTWARD_STEPS)
		return false;
	o->n++;
	s->verdict = v;
	s->advice = advice;
	snprintf(s->what, sizeof(s->what), "%s", what);
	va_start(ap, found);
	vsnprintf(s->found, sizeof(s->found), found, ap);
	va_end(ap);
	return v != VERDICT_FAIL;
}

/* What the kernel says of a port that cannot be connected to. */
static const char *closed(int error)
{
	switch (error) {
	case ECONNREFUSED: return "is closed: nobody listens there, or a firewall refuses it";
	case EHOSTUNREACH:
	case ENETUNREACH: return "cannot be reached: there is no route, or a firewall says so";
	default: return "does not answer: a firewall drops it, or the machine is down";
	}
}

struct known {
	struct pushkey keys;
	struct masters *masters;
	enum registered standing;
};

static bool try_sshd(struct outward *o)
{
	unsigned port = (unsigned)o->config->ssh_port;
	const char *why;
	int fd = sock_connect(o->host, (uint16_t)port, deadline_in_s(CONNECT_SECONDS), &why);

	if (fd == -1)
		return step(o, VERDICT_FAIL,
		    errno == ECONNREFUSED ? ADVICE_START_SSHD : ADVICE_AT_MASTER, "sshd",
		    "port %u %s", port, closed(errno));
	close(fd);
	return step(o, VERDICT_OK, ADVICE_NONE, "sshd", "port %u answers", port);
}

/* --- Registration --- */

static bool refused(struct outward *o, enum err_code code, const char *why)
{
	if (code == ERR_AUTH)
		return step(o, VERDICT_FAIL, ADVICE_REPLACE_HASH, "registration",
		    "it knows a node %s, but with another hash than the one here", o->config->name);
	if (code == ERR_DISABLED)
		return step(o, VERDICT_FAIL, ADVICE_SWITCH_ON, "registration",
		    "%s is switched off there", o->config->name);
	return step(o, VERDICT_FAIL, ADVICE_AT_MASTER, "registration", "%s", why);
}

static bool talk(struct outward *o, const struct card *me, struct wire *w)
{
	struct card answer = { .kind = CARD_MASTER };
	struct fail f = { .text = "" };
	bool on = false;

	wire_limit_total(w, deadline_in_s(TALK_SECONDS));
	switch (register_talk(me, w, &answer, &f)) {
	case REGISTER_TAKEN:
		on = step(o, VERDICT_OK, ADVICE_NONE, "registration",
		    "it is master %s, and takes this node", answer.name);
		break;
	case REGISTER_PENDING:
		step(o, VERDICT_FAIL, ADVICE_ADD, "registration",
		    "it knows no node %s any more, and now lists it as pending", o->config->name);
		break;
	case REGISTER_UNREACHABLE:
		on = step(o, VERDICT_WARN, ADVICE_NONE, "registration",
		    "it is busy or fell silent: %s", f.text);
		break;
	default: refused(o, f.code, f.text);
	}
	card_free(&answer);
	return on;
}

/* It has not taken the key that we have: the last try to register says why. */
static bool not_registered(struct outward *o, const struct register_state *s)
{
	if (s != NULL && register_state_renamed(s, o->config->name)) {
		snprintf(o->known_as, sizeof(o->known_as), "%s", s->name);
		return step(o, VERDICT_FAIL, ADVICE_NAME, "registration",
		    "this node is now called %s, but registered there as %s", o->config->name,
		    s->name);
	}
	if (s != NULL && strcmp(s->result, "pending") == 0)
		return step(o, VERDICT_FAIL, ADVICE_ADD, "registration",
		    "it does not know a node %s", o->config->name);
	if (s != NULL && strcmp(s->result, "refused") == 0)
		return step(o, VERDICT_FAIL, ADVICE_REPLACE_HASH, "registration", "%s", s->reason);
	return step(o, VERDICT_FAIL, ADVICE_REGISTER, "registration",
	    "this node has not registered the key that it has now");
}

/*
 * To ask is to register, which changes nothing only where the master has all of
 * it already: so this is asked only if what the node would say is what it said
 * when it was taken.
 */
static bool ask(struct outward *o, const struct known *k, int fd)
{
	const struct register_state *s = masters_state(k->masters, o->host);
	struct card me = { .kind = CARD_NODE };
	struct register_state now = { .tried = 0 };
	struct fail f = { .text = "" };
	struct wire w;
	bool on;

	if (own_card_make(&me, o->config, &k->keys, &f) == -1 ||
	    register_state_told(&now, &me) == -1) {
		on = step(o, VERDICT_FAIL, ADVICE_NONE, "registration", "%s", f.text);
	} else {
		if (!own_card_address(o->config, o->host, me.address))
			me.address[0] = '\0';
		if (s != NULL && register_state_outdated(s, &me)) {
			/* Whether it still gets in at that port is rehearsed. */
			on = strcmp(now.hostkeys, s->hostkeys) == 0;
			step(o, on ? VERDICT_WARN : o->told_otherwise, ADVICE_REGISTER,
			    "registration", "%s",
			    on ? "it was told another address or port than sshd has here now"
			       : "it was told other host keys than sshd has here now: its pulls "
				 "stop");
			on = true;
		} else if (k->standing == CARD_ONLY) {
			on = step(o, VERDICT_OK, ADVICE_NONE, "registration",
			    "its card was imported by hand");
		} else if (now.hostkeys[0] == '\0' || wire_init(&w, fd, fd) == -1) {
			on = step(o, VERDICT_OK, ADVICE_NONE, "registration",
			    "it has taken the key that is here");
		} else {
			on = talk(o, &me, &w);
			wire_free(&w);
		}
	}
	card_free(&me);
	return on;
}

/* Once registered, records flow without that port. */
static bool try_registration(struct outward *o, const struct known *k)
{
	unsigned port = (unsigned)o->config->register_port;
	bool taken = k->standing != UNREGISTERED, on;
	const char *why;
	int fd = sock_connect(o->host, (uint16_t)port, deadline_in_s(CONNECT_SECONDS), &why);

	if (fd == -1)
		return step(o, taken ? VERDICT_WARN : VERDICT_FAIL,
		    taken ? ADVICE_AT_MASTER : ADVICE_CARDS, "registration", "port %u %s%s", port,
		    closed(errno),
		    taken ? "; this node is registered, but new keys cannot get there" : "");
	on = taken ? ask(o, k, fd) : not_registered(o, masters_state(k->masters, o->host));
	close_fd(fd);
	return on;
}

/* --- The tunnel --- */

static bool no_tunnel(struct outward *o, const struct ssh_verdict *v, const struct fail *f)
{
	switch (v->trouble) {
	case SSH_HOSTKEY_CHANGED:
	case SSH_HOSTKEY_UNKNOWN:
		return step(o, VERDICT_FAIL, ADVICE_REGISTER_HOSTKEY, "host key",
		    "the host key that it shows is not the pinned one: it has a new one, or is "
		    "another machine");
	case SSH_TROUBLE_NONE:
		/* Where pulls come, no push is needed. */
		return step(o, o->pulled ? VERDICT_WARN : VERDICT_FAIL, ADVICE_NONE, "tunnel", "%s",
		    f->text);
	case SSH_PORT_TAKEN:
		return step(o, VERDICT_FAIL, ADVICE_LOCAL_PORT, "tunnel", "%s", f->text);
	case SSH_BUSY:
	case SSH_PENALISED: step(o, VERDICT_WARN, ADVICE_NONE, "ssh", "%s", f->text); return false;
	default:
		return step(o, VERDICT_FAIL, ADVICE_AT_MASTER,
		    v->trouble == SSH_KEY_REFUSED ? "key" : "tunnel", "%s", f->text);
	}
}

static void tell_exchange(struct outward *o, const struct send *s, bool good)
{
	char period[32];

	num_show_span(period, sizeof(period), (int64_t)s->period);
	if (!good)
		step(o, VERDICT_FAIL,
		    s->fail.code == ERR_DISABLED ? ADVICE_SWITCH_ON : ADVICE_AT_MASTER, "exchange",
		    "%s", s->fail.text);
	else if (o->greeting_only)
		step(o, VERDICT_OK, ADVICE_NONE, "exchange",
		    "a master answers there; more is not tried, for the last push was good and "
		    "the next is not due");
	else if (s->wait > 0)
		step(o, VERDICT_OK, ADVICE_NONE, "exchange",
		    "it knows the hash; a push now would come too early for it, by %" PRIu64 " s",
		    s->wait);
	else
		step(o, VERDICT_OK, ADVICE_NONE, "exchange",
		    "it knows the hash, and allows a push each %s%s", period,
		    s->period > o->config->period ? ", so sender.period is not what counts" : "");
}

/* Only who has proved to be our master is believed about the time. */
static void tell_clock(struct outward *o, int64_t skew)
{
	int64_t apart = skew < 0 ? -skew : skew;
	char span[32];

	o->skew = skew;
	num_show_span(span, sizeof(span), apart);
	if (apart <= SKEW_MAX)
		step(o, VERDICT_OK, ADVICE_NONE, "clock", "at most %s apart", span);
	else
		step(o, VERDICT_WARN, ADVICE_CLOCK, "clock",
		    "ours is %s %s the master's: new records bear a wrong time", span,
		    skew > 0 ? "behind" : "ahead of");
}

static void try_exchange(
    struct outward *o, const struct known *k, struct tunnel *t, struct ssh_verdict *v)
{
	struct send s = { .config = o->config,
		.direction = DIRECTION_PUSH,
		.master = masters_name(k->masters, o->host),
		.timeout = TALK_SECONDS,
		.until = o->greeting_only ? SEND_TO_GREETING : SEND_TO_POSITION };
	const char *why = "";
	struct fail f;
	bool good;

	if (hash_read(AT_FDCWD, o->config->hash, s.hash, &why) == -1) {
		step(o, VERDICT_FAIL, ADVICE_NONE, "exchange", "%s: %s", o->config->hash, why);
		return;
	}
	good = send_session(&s, t->fd, t->fd) == 0;
	sodium_memzero(s.hash, sizeof(s.hash));
	/* Where nobody greeted us, ssh may know more. */
	if (!good && s.master_name[0] == '\0') {
		tunnel_explain(t, v, &f);
		if (v->trouble != SSH_TROUBLE_NONE) {
			no_tunnel(o, v, &f);
			return;
		}
	}
	step(o, VERDICT_OK, ADVICE_NONE, "tunnel", "host key and key are good, ssh is logged in");
	tell_exchange(o, &s, good);
	if (s.proved)
		tell_clock(o, s.skew);
}

static void try_tunnel(struct outward *o, const struct known *k)
{
	struct tunnel_to to = masters_tunnel(k->masters, &k->keys, o->host);
	struct fail f = { .text = "" };
	struct ssh_verdict v;
	struct tunnel t;

	if (tunnel_open(&t, &to, &v, &f) == 0)
		try_exchange(o, k, &t, &v);
	else
		no_tunnel(o, &v, &f);
	tunnel_close(&t);
}

static int try_all(void *arg)
{
	struct outward *o = arg;
	struct fail f = { .text = "" };
	struct known k;

	/* What is warned of on the way is found again here, in the doctor's own
	 * words. */
	if (freopen("/dev/null", "w", stderr) == NULL || owner_become(o->config->state) == -1 ||
	    pushkey_find(&k.keys, o->config, &f) != 1)
		return 1;
	k.masters = masters_open(o->config, MASTERS_READ, DEADLINE_NEVER, &f);
	if (k.masters == NULL)
		return 1;
	k.standing = masters_registered(k.masters, o->host, &k.keys);
	/* A key that is refused costs whoever shares our address a penalty:
	 * none is shown that is not known there. */
	if ((!o->push || try_sshd(o)) && try_registration(o, &k) && o->push &&
	    k.standing != UNREGISTERED)
		try_tunnel(o, &k);
	masters_close(k.masters);
	pushkey_close(&k.keys);
	return 0;
}

bool outward_try(struct outward *o)
{
	struct outward *shared = worker_memory(sizeof(*shared));
	bool good;

	if (shared == NULL)
		return false;
	*shared = *o;
	good = worker_run(try_all, shared, OUTWARD_SECONDS) == 0;
	/* It talked to a master: of what it left only the texts are taken. */
	memcpy(o->step, shared->step, sizeof(o->step));
	memcpy(o->known_as, shared->known_as, sizeof(o->known_as));
	o->n = shared->n < OUTWARD_STEPS ? shared->n : OUTWARD_STEPS;
	o->skew = shared->skew;
	munmap(shared, sizeof(*shared));
	for (size_t i = 0; i < o->n; i++) {
		o->step[i].what[sizeof(o->step[i].what) - 1] = '\0';
		o->step[i].found[sizeof(o->step[i].found) - 1] = '\0';
	}
	o->known_as[sizeof(o->known_as) - 1] = '\0';
	return good;
}
