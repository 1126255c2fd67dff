/* SPDX-License-Identifier: ISC */
#include "bijk-push/push.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include "common/base/child.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/sandbox.h"
#include "common/exchange/sender.h"
#include "common/log/spool.h"
#include "common/ssh/tunnel.h"

#include "common/base/banned.h"

#define LIFETIME 3600 /* seconds, of one session, whatever happens */

enum outcome {
	KILLED, /* the session's process came to no end of its own */
	TAKEN,
	TOLD_TO_WAIT,
	FAILED,
	FAILED_HERE,	 /* between us and our ssh */
	FAILED_BUSY,	 /* it is not this master's fault, nor ours */
	FAILED_STRANGER, /* registering again may help */
};

static enum outcome push_outcome(const struct ssh_verdict *v, const struct fail *f)
{
	switch (v->trouble) {
	case SSH_KEY_REFUSED:
	case SSH_HOSTKEY_UNKNOWN:
	case SSH_HOSTKEY_CHANGED: return FAILED_STRANGER;
	default: return v->transient || f->code == ERR_BUSY ? FAILED_BUSY : FAILED;
	}
}

/* One session with one master, in a process and with an ssh of its own. */
struct attempt {
	const struct push *push;
	const char *address;
	struct send s;
	enum outcome outcome;
};

/* From here on: spool and state, the tunnel, and to end ssh. */
static int restrict_push(const struct push *p, const struct tunnel *t, struct fail *f)
{
	struct sandbox box = { .needs = SANDBOX_FILES | SANDBOX_LOG, .group = t->ssh.group };
	const char *part;

	spool_reach(p->known->config, &box);
	if (sandbox_enter(&box, &part) == -1)
		return fail_set(f, ERR_NONE, EX_OSERR, "restricting this process: %s: %s", part,
		    strerror(errno));
	return 0;
}

static int push_to(void *arg)
{
	struct attempt *a = arg;
	struct send *s = &a->s;
	struct ssh_verdict v;
	struct tunnel t;
	struct fail of_ssh;
	const struct known *k = a->push->known;
	struct tunnel_to to = masters_tunnel(k->masters, &k->keys, a->address);
	int rc = tunnel_open(&t, &to, &v, &s->fail);
	const bool here = rc == -1 && v.trouble == SSH_TROUBLE_NONE;

	if (rc == 0)
		rc = restrict_push(a->push, &t, &s->fail);
	if (rc == 0) {
		rc = send_session(s, t.fd, t.fd);
		/* Where nobody greeted us, ssh may know more. */
		if (rc == -1 && s->master_name[0] == '\0') {
			tunnel_explain(&t, &v, &of_ssh);
			if (v.trouble != SSH_TROUBLE_NONE)
				s->fail = of_ssh;
		}
	}
	tunnel_close(&t);
	/* A master that was renamed proves its new name by a registration. */
	if (rc == -1 && s->master != NULL && s->master_name[0] != '\0' &&
	    strcmp(s->master, s->master_name) != 0)
		a->outcome = FAILED_STRANGER;
	else if (rc == 0)
		a->outcome = s->wait > 0 ? TOLD_TO_WAIT : TAKEN;
	else
		a->outcome = here ? FAILED_HERE : push_outcome(&v, &s->fail);
	return 0;
}

/* *s as the session left it. */
static enum outcome attempt(const struct push *p, const char *address, struct send *s)
{
	struct attempt *a = worker_memory(sizeof(*a));
	const struct known *k = p->known;
	struct copies copies;
	enum outcome o = FAILED;
	int rc = -1;

	*s = (struct send){ .config = k->config,
		.copies = masters_copies(k->config, k->masters, &copies),
		.direction = DIRECTION_PUSH,
		.master = masters_name(k->masters, address),
		.timeout = k->config->timeout,
		.until = p->only_try ? SEND_TO_POSITION : SEND_ALL };
	if (a != NULL) {
		*a = (struct attempt){ .push = p, .address = address, .s = *s };
		memcpy(a->s.hash, p->hash, sizeof(a->s.hash));
		rc = worker_run(push_to, a, LIFETIME);
		sodium_memzero(a->s.hash, sizeof(a->s.hash));
	}
	if (rc == -1) {
		fail_set(&s->fail, ERR_NONE, EX_OSERR, "starting a process: %s", strerror(errno));
	} else {
		*s = a->s;
		o = a->outcome;
	}
	s->copies = NULL; /* they end here */
	if (o == KILLED)
		fail_set(&s->fail, ERR_NONE, EX_SOFTWARE, "its process was killed by signal %d",
		    rc > 128 ? rc - 128 : 0);
	if (a != NULL)
		munmap(a, sizeof(*a));
	return o;
}

int push_try(const struct push *p, const char *address, struct send *s)
{
	enum outcome o = attempt(p, address, s);

	return o == TAKEN || o == TOLD_TO_WAIT ? 1
	    : o == FAILED_BUSY		       ? 0
	    : o == FAILED_HERE		       ? -2
					       : -1;
}

static void keep_contact(const struct push *p)
{
	if (contact_write_push(p->known->config, p->contact) == -1)
		msg_warn("saving state/last-push: %s", strerror(errno));
}

/* --- A run: one master after the other, until enough have the records --- */

struct run {
	struct push *p;
	struct copies have; /* `wanted`, and those that have them */
	bool took, waited, failed, busy;
	uint64_t wait; /* the shortest WAIT, of the master at wait_address */
	const char *wait_address;
	int code;
};

static bool has_copy(const struct run *r, const char *name)
{
	for (size_t i = 0; i < r->have.n; i++) {
		if (strcmp(r->have.master[i], name) == 0)
			return true;
	}
	return false;
}

/* Those that pull need no push, unless all pushes are wanted. */
static void begin_push_run(struct run *r)
{
	const struct known *k = r->p->known;
	const struct node_config *c = k->config;
	struct copies all;

	r->have.wanted = masters_copies(c, k->masters, &all) != NULL ? all.wanted : 1;
	if (r->have.wanted <= 1 || r->p->by_hand || c->mode != PUSH_AUTO)
		return;
	for (size_t i = 0; i < all.n; i++) {
		if (contact_pulled_by(now_s(), c, r->p->contact, all.master[i]))
			copies_add(&r->have, all.master[i]);
	}
}

/* The period of the first counts. */
static void taken(struct run *r, const char *address, const struct send *s)
{
	struct push *p = r->p;

	if (!r->took)
		contact_pushed(p->contact, p->began, now_s(), address, s->master_name, s->period);
	else
		p->contact->push_ended = now_s();
	keep_contact(p);
	r->took = true;
	copies_add(&r->have, s->master_name);
	msg_info("%s: took %" PRIu64 " record%s", address, s->records, num_s(s->records));
}

static void told_to_wait(struct run *r, const char *address, const struct send *s)
{
	if (!r->waited)
		r->wait_address = address;
	if (!r->waited || s->wait < r->wait)
		r->wait = s->wait;
	r->waited = true;
	r->code = EX_TEMPFAIL;
	msg(r->p->by_hand ? MSG_ERROR : MSG_INFO,
	    "%s: too early for this master: wait %" PRIu64 " s", address, s->wait);
}

static void push_failed(struct run *r, size_t i, enum outcome o, const struct send *s)
{
	struct push *p = r->p;

	/* Busy because a pull is running: not worth reporting. */
	msg(s->fail.code == ERR_BUSY && !p->by_hand ? MSG_INFO : MSG_ERROR, "%s: %s",
	    fail_is_local(&s->fail) ? "pushing" : p->known->config->masters.v[i], s->fail.text);
	r->code = s->fail.exit_code;
	r->failed = true;
	r->busy |= o == FAILED_BUSY;
	p->strangers |= o == FAILED_STRANGER ? MASTER_BIT(i) : 0;
}

static void push_one(struct run *r, size_t i)
{
	struct push *p = r->p;
	const char *address = p->known->config->masters.v[i];
	struct send s;
	enum outcome o;

	msg(p->by_hand ? MSG_INFO : MSG_DEBUG, "%s: pushing", address);
	o = attempt(p, address, &s);
	if (o == TAKEN)
		taken(r, address, &s);
	else if (o == TOLD_TO_WAIT)
		told_to_wait(r, address, &s);
	else
		push_failed(r, i, o, &s);
}

/* Where one copy is enough, a master that says WAIT is the one. */
static bool run_over(const struct run *r)
{
	return r->have.n >= r->have.wanted || (r->waited && r->have.wanted <= 1);
}

/* No master took anything: the next run may have to wait. */
static void note_untaken(struct run *r)
{
	struct contact *k = r->p->contact;

	if (r->waited && (!r->failed || r->have.wanted <= 1)) {
		contact_told_to_wait(k, now_s(), r->wait_address, r->wait);
	} else {
		if (r->busy)
			contact_busy(k, now_s(), randombytes_random());
		if (!r->waited)
			contact_failed(k, now_s());
	}
	keep_contact(r->p);
}

int push_run(struct push *p, int code)
{
	const struct known *k = p->known;
	struct run r = { .p = p, .code = code };

	sandbox_tell();
	begin_push_run(&r);
	for (size_t i = 0; i < k->config->masters.n && !run_over(&r); i++) {
		const char *address = k->config->masters.v[i], *name;

		if (masters_registered(k->masters, address, &k->keys) == UNREGISTERED)
			continue;
		name = masters_name(k->masters, address);
		if (name == NULL || !has_copy(&r, name))
			push_one(&r, i);
	}
	if (!r.took && (r.waited || r.have.n < r.have.wanted))
		note_untaken(&r);
	return r.have.n >= r.have.wanted ? 0 : r.code;
}
