/* SPDX-License-Identifier: ISC */
/* A master's two ports: 50009 for nodes that come through sshd, on loopback
 * alone, and 50010 for registrations. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/process.h"

#include "common/base/banned.h"

static const struct port {
	uint16_t port;
	const char *program, *unit, *address, *limits;
} ports[] = {
	{ 50009, BIJK_PREFIX "/sbin/bijk-recv", "bijk-recv.socket", "127.0.0.1", "-c 1024" },
	{ 50010, BIJK_PREFIX "/sbin/bijk-keyrecv", "bijk-keyrecv.socket", "'*'", "-c 256 -s 32" },
};

/* install.sh keeps it; a package has its unit below /lib. */
#define SHIPPED_SOCKET BIJK_PREFIX "/share/bijk/shipped/etc/systemd/system/bijk-recv.socket"

/* Which of the ways of install.sh this machine has. */
static void mend_start(struct doctor *d, const struct port *p)
{
	if (access("/run/systemd/system", F_OK) == 0 &&
	    (access("/etc/systemd/system/bijk-recv.socket", F_OK) == 0 ||
		access("/lib/systemd/system/bijk-recv.socket", F_OK) == 0))
		report_mend(d->report, "systemctl enable --now %s", p->unit);
	else if (access("/etc/xinetd.d/bijk", F_OK) == 0)
		report_mend(d->report, "service xinetd restart");
	else if (access("/etc/cron.d/bijk-listen", F_OK) == 0)
		report_mend(d->report,
		    "setsid setpriv --reuid " MASTER_USER " --regid " MASTER_USER
		    " --init-groups " BIJK_PREFIX "/sbin/bijk-listen --syslog -b %s:%u %s %s "
		    "</dev/null >/dev/null 2>&1 & sleep 1",
		    p->address, (unsigned)p->port, p->limits, p->program);
	else
		report_mend(
		    d->report, "service openbsd-inetd restart || service inetutils-inetd restart");
}

/* Only what is ours to start anew is ended: another server has more to serve. */
static void too_open(struct doctor *d, const struct port *p, const struct listener *l)
{
	struct process owner = { .pid = 0 };

	report_found(d->report, VERDICT_FAIL, "port 50009",
	    "it is bound to %s: whoever reaches this machine can knock there, and it is meant for "
	    "what "
	    "comes through sshd alone",
	    l->address);
	listener_owner(l, &owner);
	if (owner.pid == 1 && access(SHIPPED_SOCKET, F_OK) == 0) {
		report_mend(d->report,
		    "cp " SHIPPED_SOCKET " /etc/systemd/system/ && systemctl daemon-reload && "
		    "systemctl restart bijk-recv.socket");
	} else if (owner.pid == 1) {
		report_mend(d->report,
		    "systemctl revert bijk-recv.socket && systemctl restart bijk-recv.socket");
	} else if (process_is(&owner, "bijk-listen")) {
		report_mend(d->report, "kill %d; sleep 1", (int)owner.pid);
		if (access(BIJK_PREFIX "/share/bijk/shipped/etc/cron.d/bijk-listen", F_OK) == 0)
			report_mend(d->report,
			    "cp " BIJK_PREFIX "/share/bijk/shipped/etc/cron.d/bijk-listen "
			    "/etc/cron.d/bijk-listen");
		mend_start(d, p);
	} else {
		doctor_note_owner(d, p->port);
		report_note(d->report, "in its configuration: 127.0.0.1 port 50009");
	}
}

/* To ask it would leave a line in the log; that the program works is rehearsed. */
static void look_at_owner(
    struct doctor *d, const struct port *p, const struct listener *l, const char *what)
{
	struct process owner = { .pid = 0 };

	if (!listener_owner(l, &owner)) {
		report_found(d->report, VERDICT_SKIP, what, "only root sees who listens there");
	} else if (process_may_start(&owner, strrchr(p->program, '/') + 1)) {
		report_found(d->report, VERDICT_OK, what, "process %d, %s, listens there",
		    (int)owner.pid, owner.exe);
	} else {
		report_found(d->report, VERDICT_FAIL, what, "what listens there does not start %s",
		    p->program);
		doctor_note_owner(d, p->port);
	}
}

static void look_at(struct doctor *d, const struct port *p)
{
	static struct listener v[LISTENERS_MAX];
	const struct listener *found = NULL, *open = NULL;
	char what[32];
	size_t n;

	snprintf(what, sizeof(what), "port %u", (unsigned)p->port);
	n = listeners(v);
	for (size_t i = 0; i < n; i++) {
		const struct listener *l = &v[i];

		if (l->port != p->port)
			continue;
		found = l;
		if (!address_is_loopback(l->address))
			open = l;
	}
	if (found == NULL) {
		report_found(d->report, VERDICT_FAIL, what, "nobody listens there: %s",
		    p->port == 50009 ? "no node can push" : "no node can register");
		mend_start(d, p);
	} else if (p->port == 50009 && open != NULL) {
		too_open(d, p, open);
	} else if (p->port == 50010 && open == NULL) {
		report_found(d->report, VERDICT_FAIL, what,
		    "it is bound to %s alone: no node can register", found->address);
		mend_start(d, p);
	} else {
		look_at_owner(d, p, found, what);
	}
}

void check_listeners(struct doctor *d)
{
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		look_at(d, &ports[i]);
}
