/* SPDX-License-Identifier: ISC */
#include "bijk-push/push.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/child.h"
#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/sandbox.h"
#include "common/contact.h"
#include "common/trust/register.h"

#include "common/base/banned.h"

#define LOCK_SECONDS 30
#define LIFETIME 3600 /* seconds, for all of it, whatever happens */

/*
 * Was registering with it last tried so long ago? Ignores a time in the future.
 */
static bool tried_before(const struct known *k, const char *address, int64_t seconds)
{
	const struct register_state *s = masters_state(k->masters, address);
	int64_t now = now_s(), tried = s != NULL ? s->tried : 0;

	return tried > now || tried <= now - (int64_t)period_counts((uint64_t)seconds);
}

/* Spread by the name: a fleet that is installed at once comes one by one. */
static int64_t renewal(const struct node_config *c)
{
	return REGISTER_DAILY - (int64_t)name_phase(c->name, REGISTER_DAILY / 4);
}

/* Was this master told something else than is true now? */
static bool outdated(const struct known *k, const char *address, const struct card *me)
{
	const struct register_state *s = masters_state(k->masters, address);
	struct card now = *me; /* its keys are me's */

	if (!own_card_address(k->config, address, now.address))
		now.address[0] = '\0';
	return s != NULL && register_state_outdated(s, &now);
}

static bool is_due(const struct known *k, const char *address, bool at_once)
{
	switch (masters_registered(k->masters, address, &k->keys)) {
	case UNREGISTERED: return at_once || tried_before(k, address, REGISTER_EVERY);
	case CARD_ONLY: return false;
	case REGISTERED: break;
	}
	return tried_before(k, address, renewal(k->config)) ||
	    (k->keys.rotating && !masters_took(k->masters, address, pushkey_newest(&k->keys)) &&
		tried_before(k, address, REGISTER_EVERY));
}

/* Those of the set that were told something else. It asks sshd and DNS. */
static masters_set outdated_ones(const struct known *k, masters_set set)
{
	struct card me;
	struct fail f;

	/* Where it cannot be made, a push or a registration says why. */
	if (own_card_make(&me, k->config, &k->keys, &f) == -1)
		set = 0;
	for (size_t i = 0; i < k->config->masters.n; i++) {
		if ((set & MASTER_BIT(i)) && !outdated(k, k->config->masters.v[i], &me))
			set &= ~MASTER_BIT(i);
	}
	card_free(&me);
	return set;
}

static masters_set all_due(const struct known *k, bool at_once)
{
	masters_set due = 0, taken = 0;

	for (size_t i = 0; i < k->config->masters.n; i++) {
		const char *address = k->config->masters.v[i];

		if (is_due(k, address, at_once))
			due |= MASTER_BIT(i);
		else if (masters_registered(k->masters, address, &k->keys) == REGISTERED &&
		    (at_once || tried_before(k, address, REGISTER_EVERY)))
			taken |= MASTER_BIT(i);
	}
	return taken != 0 ? due | outdated_ones(k, taken) : due;
}

bool register_due(const struct known *k, bool at_once)
{
	return all_due(k, at_once) != 0;
}

/* Says what came of it. The exit code. */
static int report_registration(const char *address, enum register_result result,
    const struct fail *f, bool at_once, bool renewed)
{
	/*
	 * A renewal is worth a message only where somebody has to do something.
	 */
	if (renewed && (result == REGISTER_TAKEN || result == REGISTER_UNREACHABLE)) {
		msg_info("%s: registering again: %s", address,
		    result == REGISTER_TAKEN ? "good" : f->text);
		return 0;
	}
	switch (result) {
	case REGISTER_TAKEN: msg_notice("%s: registered", address); return 0;
	case REGISTER_PENDING:
		msg(at_once ? MSG_ERROR : MSG_INFO, "%s: %s", address, f->text);
		return EX_TEMPFAIL;
	case REGISTER_REFUSED:
	case REGISTER_UNREACHABLE:
	case REGISTER_FAILED: break;
	}
	if (result == REGISTER_FAILED)
		msg_error("registering: %s", f->text);
	else
		msg_error("%s: registering: %s", address, f->text);
	return f->exit_code;
}

struct job {
	const struct node_config *config;
	masters_set set;
	bool at_once;
};

/* In a process of its own: it restricts itself. The exit code. */
static int register_in_worker(void *arg)
{
	const struct job *r = arg;
	const struct node_config *c = r->config;
	char *masters[8 * sizeof(masters_set)];
	struct registration e;
	struct fail f, ignored;
	size_t n = 0;
	int code = 0;

	for (size_t i = 0; i < c->masters.n; i++) {
		if (r->set & MASTER_BIT(i))
			masters[n++] = c->masters.v[i];
	}
	if (register_begin(&e, c, deadline_in_s(LOCK_SECONDS), &f) == -1 ||
	    register_restrict(&e, masters, n, &f) == -1) {
		register_end(&e, &ignored);
		msg_error("registering: %s", f.text);
		return f.exit_code;
	}
	for (size_t i = 0; i < n; i++) {
		bool renewed = !r->at_once && !e.keys.rotating &&
		    masters_registered(e.masters, masters[i], &e.keys) == REGISTERED;
		int rc = report_registration(
		    masters[i], register_with(&e, masters[i], &f), &f, r->at_once, renewed);
		code = rc != 0 ? rc : code;
	}
	if (register_end(&e, &f) == -1)
		msg_warn("registering: %s", f.text);
	return code;
}

/* Registers with these. Closes *k, and opens it again. */
static int run_in_worker(struct known *k, masters_set set, bool at_once)
{
	const struct node_config *c = k->config;
	struct job r = { .config = c, .set = set, .at_once = at_once };
	int code;

	known_close(k);
	sandbox_tell();
	code = worker_run(register_in_worker, &r, LIFETIME);
	if (code == -1) {
		msg_error("registering: starting a process: %s", strerror(errno));
		code = EX_OSERR;
	} else if (code >= 128) {
		msg_error("registering: its process was killed by signal %d", code - 128);
		code = EX_SOFTWARE;
	}
	known_open_or_die(k, c);
	return code;
}

int register_run(struct known *k, bool at_once)
{
	masters_set set = all_due(k, at_once);

	return set != 0 ? run_in_worker(k, set, at_once) : 0;
}

void register_again(struct known *k, masters_set strangers)
{
	masters_set set = 0;

	for (size_t i = 0; i < k->config->masters.n; i++) {
		if ((strangers & MASTER_BIT(i)) &&
		    tried_before(k, k->config->masters.v[i], REGISTER_EVERY))
			set |= MASTER_BIT(i);
	}
	if (set != 0)
		run_in_worker(k, set, true);
}
