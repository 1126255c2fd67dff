/* SPDX-License-Identifier: ISC */
/* The way to each master, as `bijk-push --test` really takes it, and what to do
 * about the step at which it ends. */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/io.h"

#include "common/base/banned.h"

#define PROBE_MS 1500
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

/* Does anything of this address answer, if the packet leaves by this interface? */
static bool answers_by(const char *device, const char *address, uint64_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST },
			*to = NULL;
	struct pollfd v = { .fd = -1, .events = POLLOUT };
	socklen_t len = sizeof(int);
	char service[8];
	int error = -1;

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(address, service, &hints, &to) != 0)
		return false;
	v.fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (v.fd != -1 &&
	    setsockopt(v.fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) == 0 &&
	    (connect(v.fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS) &&
	    poll(&v, 1, PROBE_MS) == 1)
		getsockopt(v.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	close_fd(v.fd);
	freeaddrinfo(to);
	return error == 0 || error == ECONNREFUSED;
}

static bool says(const struct said *s, const char *words)
{
	return strstr(s->text, words) != NULL;
}

/* The interface by which the master answers; it is tried, not computed. The
 * rehearsal cannot, for it has the master where the routes lead. */
static bool find_interface(
    const struct doctor *d, const char *host, const char **address, char device[IFNAMSIZ])
{
	struct ifaddrs *all = NULL;
	bool found = false;

	if (getifaddrs(&all) == -1)
		return false;
	for (size_t i = 0; i < d->facts.masters && !found; i++) {
		const struct master_at *m = &d->facts.master[i];

		for (size_t k = 0; k < m->n && strcmp(m->host, host) == 0 && !found; k++) {
			*address = m->address[k];
			for (const struct ifaddrs *a = all; a != NULL && !found; a = a->ifa_next) {
				snprintf(device, IFNAMSIZ, "%s", a->ifa_name);
				found = answers_by(device, *address, d->node.ssh_port);
			}
		}
	}
	freeifaddrs(all);
	return found;
}

static void advise_route(struct doctor *d, const char *address, const char *device)
{
	const char *const argv[] = { "/bin/sh", "-c",
		"ip -o route get \"$1\" oif \"$2\" | sed 's/ \\(src\\|uid\\|cache\\) .*//'", "sh",
		address, device, NULL };
	struct answer a;

	report_note(d->report, "it answers by %s, and the routes lead elsewhere", device);
	if (ask(&a, argv) == 0)
		report_mend(d->report,
		    "ip rule add priority 1 to %s lookup main; ip route replace %.*s", address,
		    (int)strcspn(a.out.data, "\n"), a.out.data);
	report_note(d->report, "it holds until a reboot: see also what makes that route or rule");
	answer_free(&a);
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
	const char *at = NULL, *address;
	char device[IFNAMSIZ];
	bool elsewhere;
	struct said s;

	if (why != NULL)
		report_found(d->report, VERDICT_SKIP, "the way to the masters", "%s", why);
	while (why == NULL && doctor_push_said(d, &at, &s)) {
		if (s.host[0] == '\0')
			continue;
		/* Our answers to a pull take this way too. */
		elsewhere = d->root && says(&s, "cannot be reached") &&
		    find_interface(d, s.host, &address, device);
		report_found(d->report, elsewhere ? VERDICT_FAIL : s.verdict, s.what, "%s", s.text);
		if (elsewhere)
			advise_route(d, address, device);
		else if (s.verdict != VERDICT_OK)
			advise_way(d, &s);
	}
	if (why == NULL && at != NULL)
		doctor_tell_push(d);
}
