/* SPDX-License-Identifier: ISC */
/* The way to each master, as `bijk-push --test` really takes it, and what to do
 * about the step at which it ends. */
#include <string.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

#define RENAMED "registered there as "

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

static bool says(const struct said *s, const char *words)
{
	return strstr(s->text, words) != NULL;
}

/* By the words of bijk-push, of the master, and of our ssh. */
static void advise_way(struct doctor *d, const struct said *s)
{
	const char *hash = shell_word(d->node.hash), *name = d->node.name, *old;
	struct report *r = d->report;

	if ((old = strstr(s->text, RENAMED)) != NULL) {
		old += strlen(RENAMED);
		report_note(r,
		    "to keep its records under one name: node.name: %s in %s; if %s is another "
		    "machine: openssl rand -hex 32 >%s here, and on the master bijk-master add %s",
		    old, d->config_path, old, hash, name);
	} else if (says(s, "does not know")) {
		report_mend_at(r, s->host, "bijk-master add %s%s", name,
		    says(s, "another hash") ? " --replace-hash" : "");
		report_mend(r, "bijk-keyreg");
		report_note(r, "bijk-master asks for the hash; it stands here: cat %s", hash);
	} else if (says(s, "switched off")) {
		report_mend_at(r, s->host, "bijk-master set %s mode=auto", name);
	} else if (says(s, "has not registered") || says(s, "was told ") || says(s, "pinned")) {
		report_mend(r, "bijk-keyreg");
	} else if (says(s, "is taken by another program") || says(s, "our end of the tunnel")) {
		advise_port(d); /* a packet filter may close loopback, too */
	} else if (strstr(s->what, ", clock") != NULL) {
		report_note(r,
		    "set it: chronyc makestep, or date -s; and see that something keeps it right");
	} else {
		if (strstr(s->what, ", sshd") != NULL && says(s, "is closed"))
			report_mend_at(r, s->host,
			    "systemctl start ssh || service ssh start || service sshd start");
		if (strstr(s->what, ", registration") != NULL && says(s, "port") &&
		    !says(s, "is registered"))
			report_note(r,
			    "without that port the cards do it: bijk-keyreg --export here, "
			    "bijk-master import there, and the other way round");
		else if (strstr(s->what, ", name") != NULL)
			report_note(r,
			    "if the name is right, look at /etc/resolv.conf; a line `ADDRESS %s` "
			    "in /etc/hosts does without",
			    s->host);
		else
			report_note(r, "at the master more is to be seen: bijk-doctor --master");
	}
}

void check_outward(struct doctor *d)
{
	/* ssh runs for no user without an account. */
	const char *why = d->way_out_closed ? "the firewall here is in the way"
	    : getpwnam(NODE_USER) == NULL   ? "because of the account"
	    : !d->facts.gathered	    ? d->facts.why
					    : NULL;
	const char *at = NULL;
	struct said s;

	if (why != NULL)
		report_found(d->report, VERDICT_SKIP, "the way to the masters", "%s", why);
	while (why == NULL && doctor_push_said(d, &at, &s)) {
		if (s.host[0] == '\0')
			continue;
		report_found(d->report, s.verdict, s.what, "%s", s.text);
		if (s.verdict != VERDICT_OK)
			advise_way(d, &s);
	}
	if (why == NULL && at != NULL)
		doctor_tell_push(d);
}
