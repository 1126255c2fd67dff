/* SPDX-License-Identifier: ISC */
#include "bijk-push/push.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>
#include <sysexits.h>

#include "bijk-push/tunnel.h"
#include "common/base/msg.h"
#include "common/send.h"

#include "common/base/banned.h"

enum outcome {
	TAKEN,
	TOLD_TO_WAIT,
	FAILED,
	FAILED_BUSY,	 /* it is not this master's fault, nor ours */
	FAILED_STRANGER, /* registering again may help */
};

static enum outcome outcome_of(const struct ssh_verdict *v, const struct fail *f)
{
	switch (v->trouble) {
	case SSH_KEY_REFUSED:
	case SSH_HOSTKEY_UNKNOWN:
	case SSH_HOSTKEY_CHANGED: return FAILED_STRANGER;
	default: return v->transient || f->code == ERR_BUSY ? FAILED_BUSY : FAILED;
	}
}

/* One session with one master. */
static enum outcome push_to(const struct push *p, const char *address, struct send *s)
{
	const struct known *k = p->known;
	struct ssh_verdict v;
	struct tunnel t;
	struct fail of_ssh;
	int rc;

	*s = (struct send){ .config = k->config,
		.way = WAY_PUSH,
		.master = pins_master_name(k->pins, address),
		.timeout = k->config->timeout };
	memcpy(s->hash, p->hash, sizeof(s->hash));
	rc = tunnel_open(&t, k, address, &v, &s->fail);
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
	sodium_memzero(s->hash, sizeof(s->hash));
	if (rc == 0)
		return s->wait > 0 ? TOLD_TO_WAIT : TAKEN;
	return outcome_of(&v, &s->fail);
}

static void keep(const struct push *p)
{
	if (contact_write_push(p->known->config, p->contact) == -1)
		msg_warn("keeping state/last-push: %s", strerror(errno));
}

static void taken(struct push *p, const char *address, const struct send *s)
{
	contact_pushed(p->contact, p->began, now_s(), s->master_name, s->period);
	keep(p);
	msg_info("%s: took %" PRIu64 " records", address, s->records);
}

static void told_to_wait(struct push *p, const char *address, const struct send *s)
{
	contact_told_to_wait(p->contact, now_s(), s->wait);
	keep(p);
	msg(p->by_hand ? MSG_ERROR : MSG_INFO,
	    "%s: too early for this master, which says: wait %" PRIu64 " s", address, s->wait);
}

int push_run(struct push *p, int code)
{
	const struct yaml_list *masters = &p->known->config->masters;
	bool busy = false;

	for (size_t i = 0; i < masters->n; i++) {
		const char *address = masters->v[i];
		enum outcome o;
		struct send s;

		if (!known_takes_push(p->known, address))
			continue;
		msg(p->by_hand ? MSG_INFO : MSG_DEBUG, "%s: pushing", address);
		o = push_to(p, address, &s);
		if (o == TAKEN) {
			taken(p, address, &s);
			return 0;
		}
		if (o == TOLD_TO_WAIT) {
			told_to_wait(p, address, &s);
			return EX_TEMPFAIL;
		}
		/* A pull at work is a session like ours, and nothing to tell about. */
		msg(s.fail.code == ERR_BUSY && !p->by_hand ? MSG_INFO : MSG_ERROR, "%s: %s",
		    address, s.fail.text);
		code = s.fail.exit_code;
		busy |= o == FAILED_BUSY;
		p->strangers |= o == FAILED_STRANGER ? MASTER_BIT(i) : 0;
	}
	if (busy) {
		contact_busy(p->contact, now_s(), randombytes_random());
		keep(p);
	}
	return code;
}
