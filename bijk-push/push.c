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
	enum outcome o = FAILED;
	int rc = -1;

	*s = (struct send){ .config = k->config,
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

static void taken(struct push *p, const char *address, const struct send *s)
{
	contact_pushed(p->contact, p->began, now_s(), address, s->master_name, s->period);
	keep_contact(p);
	msg_info("%s: took %" PRIu64 " record%s", address, s->records, num_s(s->records));
}

static void told_to_wait(struct push *p, const char *address, const struct send *s)
{
	contact_told_to_wait(p->contact, now_s(), address, s->wait);
	keep_contact(p);
	msg(p->by_hand ? MSG_ERROR : MSG_INFO, "%s: too early for this master: wait %" PRIu64 " s",
	    address, s->wait);
}

int push_run(struct push *p, int code)
{
	const struct yaml_list *masters = &p->known->config->masters;
	bool busy = false;

	sandbox_tell();
	for (size_t i = 0; i < masters->n; i++) {
		const char *address = masters->v[i];
		enum outcome o;
		struct send s;

		if (masters_registered(p->known->masters, address, &p->known->keys) == UNREGISTERED)
			continue;
		msg(p->by_hand ? MSG_INFO : MSG_DEBUG, "%s: pushing", address);
		o = attempt(p, address, &s);
		if (o == TAKEN) {
			taken(p, address, &s);
			return 0;
		}
		if (o == TOLD_TO_WAIT) {
			told_to_wait(p, address, &s);
			return EX_TEMPFAIL;
		}
		/* Busy because a pull is running: not worth reporting. */
		msg(s.fail.code == ERR_BUSY && !p->by_hand ? MSG_INFO : MSG_ERROR, "%s: %s",
		    fail_is_local(&s.fail) ? "pushing" : address, s.fail.text);
		code = s.fail.exit_code;
		busy |= o == FAILED_BUSY;
		p->strangers |= o == FAILED_STRANGER ? MASTER_BIT(i) : 0;
	}
	if (busy)
		contact_busy(p->contact, now_s(), randombytes_random());
	contact_failed(p->contact, now_s());
	keep_contact(p);
	return code;
}
