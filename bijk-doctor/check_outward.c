/* SPDX-License-Identifier: ISC */
/* The way to each master, as `bijk-push --test` really takes it, and what to do
 * about the step at which it ends. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

#define BIJK_PUSH BIJK_PREFIX "/sbin/bijk-push"
#define MASTER_SECONDS 45
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

static bool says(const char *line, const char *words)
{
	return strstr(line, words) != NULL;
}

/* By the words of bijk-push, of the master, and of our ssh. */
static void advise(struct doctor *d, const char *host, const char *line)
{
	const char *hash = shell_word(d->node.hash), *name = d->node.name, *old;
	struct report *r = d->report;

	if ((old = strstr(line, RENAMED)) != NULL) {
		old += strlen(RENAMED);
		report_note(r,
		    "to keep its records under one name: node.name: %s in %s; if %s is another "
		    "machine: openssl rand -hex 32 >%s here, and on the master bijk-master add %s",
		    old, d->config_path, old, hash, name);
	} else if (says(line, "does not know")) {
		report_mend_at(r, host, "bijk-master add %s%s", name,
		    says(line, "another hash") ? " --replace-hash" : "");
		report_mend(r, "bijk-keyreg");
		report_note(r, "bijk-master asks for the hash; it stands here: cat %s", hash);
	} else if (says(line, "switched off")) {
		report_mend_at(r, host, "bijk-master set %s mode=auto", name);
	} else if (says(line, "has not registered") || says(line, "was told another") ||
	    says(line, "pinned")) {
		report_mend(r, "bijk-keyreg");
	} else if (says(line, "is taken by another program")) {
		advise_port(d);
	} else if (says(line, ", clock:")) {
		report_note(r,
		    "set it: chronyc makestep, or date -s; and see that something keeps it right");
	} else {
		if (says(line, ", sshd: port") && says(line, "is closed"))
			report_mend_at(r, host,
			    "systemctl start ssh || service ssh start || service sshd start");
		if (says(line, ", registration: port") && !says(line, "is registered"))
			report_note(r,
			    "without that port the cards do it: bijk-keyreg --export here, "
			    "bijk-master import there, and the other way round");
		else if (says(line, ", name:"))
			report_note(r,
			    "if the name is right, look at /etc/resolv.conf; a line `ADDRESS %s` "
			    "in /etc/hosts does without",
			    host);
		else
			report_note(r, "at the master more is to be seen: bijk-doctor --master");
	}
}

/* "bad   HOST, STEP: TEXT" */
static void take_line(struct doctor *d, char *line)
{
	enum verdict v = strncmp(line, "ok ", 3) == 0 ? VERDICT_OK
	    : strncmp(line, "note ", 5) == 0	      ? VERDICT_WARN
						      : VERDICT_FAIL;
	char *text = strstr(line, ": "), *what, host[256];

	if (text == NULL || text < line + 6)
		return;
	what = line + 6;
	*text = '\0';
	report_found(d->report, v, what, "%s", text + 2);
	*text = ':';
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(what, ","), what);
	if (v != VERDICT_OK)
		advise(d, host, what);
}

void check_outward(struct doctor *d)
{
	const char *const argv[] = { BIJK_PUSH, "-f", d->config_path, "--test", NULL };
	const struct facts *f = &d->facts;
	/* ssh runs for no user without an account, and a push opens the spool:
	 * that is told of above. */
	const char *why = d->way_out_closed ? "the firewall here is in the way"
	    : !f->gathered		    ? f->why
	    : f->key_mode == 0 || f->key[0] != '\0' || f->hash[0] != '\0'
	    ? "without hash and key none can be tried"
	    : getpwnam(NODE_USER) == NULL	? "because of the account"
	    : f->log_there && f->log[0] != '\0' ? "because of the spool"
						: NULL;
	char *line, *save = NULL;
	struct answer a;

	if (why != NULL) {
		report_found(d->report, VERDICT_SKIP, "the way to the masters", "%s", why);
		return;
	}
	if (ask_for(&a, argv, MASTER_SECONDS * (unsigned)f->masters) == -1 || a.out.len <= 1)
		report_found(d->report, VERDICT_WARN, "the way to the masters",
		    "bijk-push --test: %s",
		    a.err.data != NULL && a.err.data[0] != '\0' ? a.err.data : strerror(errno));
	for (line = strtok_r(a.out.data, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		take_line(d, line);
	answer_free(&a);
}
