/* SPDX-License-Identifier: ISC */
/* The way to each master, and what to do about the step at which it ends. With
 * several masters one that works is enough for records to flow, and each is
 * looked at. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/outward.h"
#include "bijk-doctor/shellword.h"
#include "common/base/deadline.h"

#include "common/base/banned.h"

#define START_SSHD "systemctl start ssh || service ssh start || service sshd start"

static void add_at_master(struct doctor *d, const char *host, const char *option)
{
	report_mend_at(d->report, host, "bijk-master add %s%s", d->node.name, option);
	report_mend(d->report, "bijk-keyreg");
	report_note(d->report, "bijk-master asks for the hash; it stands here: cat %s",
	    shell_word(d->node.hash));
}

static void advise_name(struct doctor *d, const char *known_as)
{
	report_note(d->report,
	    "to keep its records under one name: node.name: %s in %s; if %s is another machine: "
	    "openssl rand -hex 32 >%s here, and on the master bijk-master add %s",
	    known_as, d->config_path, known_as, shell_word(d->node.hash), d->node.name);
}

static void advise_port(struct doctor *d)
{
	char address[SOCK_ADDR_MAX];
	uint16_t port;

	if (hostaddr_split(d->node.local, address, sizeof(address), &port))
		doctor_note_owner(d, port);
	/* One that is set there goes. */
	report_mend(d->report,
	    "sed -i -e '/^sender:/,/^[^ #]/{/^ *local:/d}' -e '0,/^sender:/s//sender:\\n  local: "
	    "stdio/' %s",
	    shell_word(d->config_path));
}

static void advise_clock(struct doctor *d, int64_t skew)
{
	if (access("/usr/bin/chronyc", X_OK) == 0)
		report_mend(d->report, "chronyc makestep");
	else if (access("/usr/sbin/ntpd", X_OK) == 0)
		report_mend(d->report, "systemctl restart ntp || service ntp restart");
	else
		report_mend(d->report, "date -s \"@$(($(date +%%s) + %" PRId64 "))\"", skew);
	report_note(d->report, "and see that something keeps it right: timedatectl, or chrony");
}

static void advise(struct doctor *d, const struct outward *o, enum advice advice)
{
	struct report *r = d->report;

	switch (advice) {
	case ADVICE_NONE: return;
	case ADVICE_ADD: add_at_master(d, o->host, ""); return;
	case ADVICE_REPLACE_HASH: add_at_master(d, o->host, " --replace-hash"); return;
	case ADVICE_SWITCH_ON:
		report_mend_at(r, o->host, "bijk-master set %s mode=auto", d->node.name);
		return;
	case ADVICE_NAME: advise_name(d, o->known_as); return;
	case ADVICE_LOCAL_PORT: advise_port(d); return;
	case ADVICE_CLOCK: advise_clock(d, o->skew); return;
	case ADVICE_REGISTER:
	case ADVICE_REGISTER_HOSTKEY:
		report_mend(r, "bijk-keyreg %s", shell_word(o->host));
		if (advice == ADVICE_REGISTER_HOSTKEY)
			report_note(
			    r, "that takes a new key only from who proves this node's hash");
		return;
	case ADVICE_START_SSHD: report_mend_at(r, o->host, START_SSHD); break;
	case ADVICE_CARDS:
		report_note(r,
		    "without that port the cards do it: bijk-keyreg --export here, bijk-master "
		    "import there, and the other way round");
		break;
	case ADVICE_AT_MASTER: break;
	}
	report_note(r, "at the master more is to be seen: bijk-doctor --master");
}

static void tell(
    struct doctor *d, const char *host, const char *step, enum verdict v, const char *found)
{
	char what[300];

	snprintf(what, sizeof(what), "%s, %s", host, step);
	report_found(d->report, v, what, "%s", found);
}

static bool push_would_be_early(const struct contact *k)
{
	int64_t now = now_s();

	return k->push_began > 0 && k->push_began <= now &&
	    (uint64_t)(now - k->push_began) < k->period;
}

static void look_at_master(struct doctor *d, const struct master_at *m)
{
	struct outward o = { .config = &d->node,
		.host = m->host,
		.push = d->pushes,
		.pulled = d->facts.contact.last_pull > now_s() - (int64_t)d->node.pull_timeout,
		.greeting_only = push_would_be_early(&d->facts.contact),
		.told_otherwise = report_failed(d->report, "sshd") ? VERDICT_SKIP
		    : d->pulled					   ? VERDICT_FAIL
								   : VERDICT_WARN };

	if (m->n == 0) {
		tell(d, m->host, "name", VERDICT_FAIL, m->why);
		report_note(d->report,
		    "if the name is right, look at /etc/resolv.conf; a line `ADDRESS %s` in "
		    "/etc/hosts does without",
		    m->host);
		return;
	}
	tell(d, m->host, "name", VERDICT_OK, m->address[0]);
	if (!outward_try(&o))
		tell(d, m->host, "way", VERDICT_WARN, "trying it took too long, or failed");
	for (size_t i = 0; i < o.n; i++) {
		tell(d, m->host, o.step[i].what, o.step[i].verdict, o.step[i].found);
		advise(d, &o, o.step[i].advice);
	}
}

void check_outward(struct doctor *d)
{
	const struct facts *f = &d->facts;
	/* ssh runs for no user without an account, and a push opens the spool:
	 * that is told of above. */
	const char *why = d->masters.n == 0  ? "none is configured"
	    : d->way_out_closed		     ? "the firewall here is in the way"
	    : !f->gathered		     ? f->why
	    : !f->key_there || !f->hash_good ? "without hash and key none can be tried"
	    : getpwnam(NODE_USER) == NULL    ? "because of the account"
	    : f->log_there && !f->log_good   ? "because of the spool"
					     : NULL;

	if (why != NULL)
		report_found(d->report, VERDICT_SKIP, "the way to the masters", "%s", why);
	for (size_t i = 0; why == NULL && i < d->masters.n; i++)
		look_at_master(d, &d->masters.v[i]);
}
