/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bijk-keyreg/keyreg.h"
#include "common/base/msg.h"
#include "common/trust/register.h"

#include "common/base/banned.h"

/* What came of all: the worst failure here, else whether to try again, else why not. */
struct outcome {
	size_t taken, missed;
	int local;	/* exit code of a failure on this node; 0: none */
	bool temporary; /* pending or busy */
	bool refused, broken;
};

static void count(struct outcome *o, enum register_result r, const struct fail *f)
{
	if (r == REGISTER_TAKEN) {
		o->taken++;
		return;
	}
	o->missed++;
	if (r == REGISTER_FAILED)
		o->local = f->exit_code;
	o->temporary |= f->exit_code == EX_TEMPFAIL;
	o->refused |= f->exit_code == EX_NOPERM;
	o->broken |= f->exit_code == EX_PROTOCOL;
}

static int exit_code(const struct outcome *o)
{
	if (o->local != 0)
		return o->local;
	if (o->missed == 0)
		return 0;
	if (o->taken > 0 || o->temporary)
		return EX_TEMPFAIL;
	if (o->refused)
		return EX_NOPERM;
	return o->broken ? EX_PROTOCOL : EX_UNAVAILABLE;
}

static int begin(struct registration *e, const struct node_config *c, char *const *masters,
    size_t n, bool rotate, struct fail *f)
{
	if (register_begin(e, c, deadline_in_s(KEYREG_LOCK_SECONDS), f) == -1 ||
	    (rotate && register_rotate(e, f) == -1))
		return -1;
	return register_restrict(e, masters, n, f);
}

int keyreg_register(const struct node_config *c, char *const *masters, size_t n, bool rotate)
{
	struct outcome o = { .taken = 0 };
	struct registration e;
	struct fail f;

	if (n == 0) {
		masters = c->masters.v;
		n = c->masters.n;
	}
	if (begin(&e, c, masters, n, rotate, &f) == -1) {
		msg_error("registering: %s", f.text);
		o.local = f.exit_code;
		n = 0;
	} else if (n == 0) {
		msg(rotate ? MSG_NOTICE : MSG_INFO,
		    "sender.masters names no master; bijk-keyreg --export has the card for one");
	}
	for (size_t i = 0; i < n; i++) {
		enum register_result r = register_with(&e, masters[i], &f);
		if (r == REGISTER_FAILED)
			msg_error("registering: %s", f.text);
		else if (r != REGISTER_TAKEN)
			msg_error("registering with %s: %s", masters[i], f.text);
		count(&o, r, &f);
	}
	if (register_end(&e, &f) == -1) {
		msg_error("ending the rotation: %s", f.text);
		o.local = f.exit_code;
	}
	return exit_code(&o);
}
