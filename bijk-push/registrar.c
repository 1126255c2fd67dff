/* SPDX-License-Identifier: ISC */
#include "bijk-push/registrar.h"

#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/enroll.h"

#include "common/base/banned.h"

#define LOCK_SECONDS 30

/* Was registering with it last tried so long ago? A time in the future says nothing. */
static bool tried_before(const struct known *k, const char *address, int64_t seconds)
{
	int64_t now = now_s(), tried = pins_tried(k->pins, address);

	return tried > now || tried <= now - seconds;
}

static bool due_with(const struct known *k, const char *address, bool at_once)
{
	enum pin standing = pins_standing(k->pins, address, &k->keys);
	bool rotation = standing == PIN_TAKEN && k->keys.rotating &&
			!pins_took(k->pins, address, pushkey_newest(&k->keys));

	return (standing == PIN_NONE && at_once) ||
	       ((standing == PIN_NONE || rotation) && tried_before(k, address, REGISTER_EVERY));
}

bool registration_due(const struct known *k, bool at_once)
{
	for (size_t i = 0; i < k->config->masters.n; i++) {
		if (due_with(k, k->config->masters.v[i], at_once))
			return true;
	}
	return false;
}

/* What came of it, and the exit code that fits. */
static int report(const char *address, enum enroll_result result, const struct fail *f, bool at_once)
{
	switch (result) {
	case ENROLL_TAKEN: msg_notice("%s: registered", address); return 0;
	case ENROLL_PENDING:
		msg(at_once ? MSG_ERROR : MSG_INFO, "%s: %s", address, f->text);
		return EX_TEMPFAIL;
	case ENROLL_REFUSED:
	case ENROLL_UNREACHABLE:
	case ENROLL_FAILED: break;
	}
	msg_error("%s: registering: %s", address, f->text);
	return f->exit_code;
}

/* Registers with those of the addresses that are not NULL. */
static int register_with(
    const struct node_config *c, const char *const *addresses, size_t n, bool at_once)
{
	struct enroll e;
	struct fail f;
	int code = 0, rc;

	if (enroll_begin(&e, c, deadline_in_s(LOCK_SECONDS), &f) == -1) {
		enroll_end(&e, &(struct fail){ .exit_code = 0 });
		msg_error("registering: %s", f.text);
		return f.exit_code;
	}
	for (size_t i = 0; i < n; i++) {
		if (addresses[i] == NULL)
			continue;
		rc = report(addresses[i], enroll_with(&e, addresses[i], &f), &f, at_once);
		code = rc != 0 ? rc : code;
	}
	if (enroll_end(&e, &f) == -1)
		msg_warn("registering: %s", f.text);
	return code;
}

int registration_run(struct known *k, bool at_once)
{
	const struct node_config *c = k->config;
	const char *due[c->masters.n];
}
