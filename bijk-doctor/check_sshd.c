/* SPDX-License-Identifier: ISC */
/* sshd: it runs, listens where the masters come, and has read its
 * configuration. What it would do with a pull is in check_login.c. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/check_login.h"
#include "bijk-doctor/check_sshd.h"
#include "bijk-doctor/shellword.h"
#include "bijk-doctor/sshd_files.h"
#include "common/base/deadline.h"
#include "common/base/sock.h"

#include "common/base/banned.h"

#define RELOAD_MS 1000

/* "/etc/ssh/sshd_config line 12: Bad configuration option: Foo" or
 * "/etc/ssh/sshd_config: line 12: …" */
static bool place_in(const char *words, char file[256], unsigned *line)
{
	return sscanf(words, "%255[^: ] line %u:", file, line) == 2 ||
	    sscanf(words, "%255[^: ]: line %u:", file, line) == 2;
}

bool sshd_files_good(struct doctor *d)
{
	const char *argv[] = { SSHD_PROGRAM, "-t", "-f", d->sshd.config, NULL };
	char file[256], words[512];
	struct answer a;
	unsigned line;
	bool good = true;

	if (!d->root) {
		report_found(d->report, VERDICT_SKIP, "sshd's configuration",
		    "only root can have sshd test it");
		return true;
	}
	if (ask(&a, argv) == 0 && a.code != 0) {
		snprintf(
		    words, sizeof(words), "%.*s", (int)strcspn(a.err.data, "\r\n"), a.err.data);
		good = false;
		report_found(d->report, VERDICT_FAIL, "sshd's configuration", "sshd -t: %s", words);
		if (strstr(words, "privilege separation directory") != NULL)
			report_mend(d->report, "mkdir -p -m 755 /run/sshd");
		else if (strstr(words, "no hostkeys") != NULL)
			report_mend(d->report, "ssh-keygen -A && %s", d->sshd.reload);
		else if (place_in(words, file, &line))
			report_mend(d->report, "sed -i '%us/^/#/' %s && " SSHD_PROGRAM " -t && %s",
			    line, shell_word(file), d->sshd.reload);
	}
	answer_free(&a);
	return good;
}

bool sshd_runs(struct doctor *d)
{
	char start[COMMAND_MAX];

	if (d->sshd.runs) {
		report_found(d->report, VERDICT_OK, "sshd", "it runs (process %d%s%s)",
		    (int)d->sshd.process.pid, d->sshd.options[0] != '\0' ? ", options " : "",
		    d->sshd.options);
		return true;
	}
	if (d->sshd.by_socket) {
		report_found(d->report, VERDICT_OK, "sshd", "systemd's socket starts it");
		return true;
	}
	sshd_start_command(start);
	report_found(d->report, VERDICT_FAIL, "sshd", "it does not run: nobody can log in");
	report_mend(d->report, "%s", start);
	return false;
}

void sshd_age(struct doctor *d)
{
	char name[PATH_MAX];
	time_t newest = sshd_newest(d->sshd.config, name);
	deadline_t limit = deadline_in_ms(RELOAD_MS);

	/* It may be reading just now. */
	while (d->sshd.read != 0 && newest > d->sshd.read && !deadline_passed(limit)) {
		sleep_ms(100);
		d->sshd.read = sshd_when_read(&d->sshd);
	}
	if (d->sshd.read == 0 || newest <= d->sshd.read)
		return;
	report_found(d->report, VERDICT_WARN, "sshd's configuration",
	    "%s is newer than the sshd that runs: what is said here of it is not in force yet",
	    name);
	report_mend(d->report, SSHD_PROGRAM " -t && %s", d->sshd.reload);
	report_note(d->report, LOGIN_NOTE);
}

/* The port of the first socket beyond loopback that sshd's configuration
 * names. */
static uint16_t real_port(const struct doctor *d, const char *effective)
{
	struct sshd_words ports;
	uint16_t port = 0;

	sshd_words(&ports, effective, "port");
	for (size_t i = 0; i < ports.n && port == 0; i++) {
		uint16_t p = (uint16_t)strtoul(ports.v[i], NULL, 10);

		for (size_t k = 0; k < d->sshd.n; k++) {
			if (d->sshd.listeners[k].port == p)
				port = p;
		}
	}
	sshd_words_free(&ports);
	return port;
}

static void other_port(struct doctor *d, uint16_t port, uint16_t real)
{
	static struct sshd_place v[SSHD_PLACES];
	size_t n = sshd_places(d->sshd.config, "port", v);

	report_found(d->report, VERDICT_FAIL, "sshd's port",
	    "sshd listens on port %u%s%s, and the masters come to %u", (unsigned)real,
	    n > 0 ? ", as says " : "", n > 0 ? v[0].file : "", (unsigned)port);
	if (d->node.port != 0)
		report_mend(d->report,
		    "sed -i 's/^\\([[:space:]]*port:[[:space:]]*\\)%u$/\\1%u/' %s", (unsigned)port,
		    (unsigned)real, shell_word(d->config_path));
	report_mend(d->report, "bijk-keyreg");
	report_note(d->report,
	    "it tells the masters the port; one that cannot be reached so: bijk-master "
	    "set %s port=%u",
	    d->node.name != NULL ? d->node.name : "NAME", (unsigned)real);
}

static void other_address(struct doctor *d, const char *ours, uint16_t port)
{
	static struct sshd_place v[SSHD_PLACES];
	size_t n = sshd_places(d->sshd.config, "listenaddress", v);
	const char *where = n > 0 ? shell_word(v[n - 1].file) : shell_word(d->sshd.config);

	report_found(d->report, VERDICT_FAIL, "sshd's addresses",
	    "nothing listens on %s port %u, where the masters come%s%s", ours, (unsigned)port,
	    n > 0 ? ": ListenAddress " : "", n > 0 ? v[0].value : "");
	for (size_t i = 0; i < n; i++)
		report_evidence(
		    d->report, "%s:%u: ListenAddress %s", v[i].file, v[i].line, v[i].value);
	if (n > 0)
		report_mend(d->report,
		    "sed -i '%ua ListenAddress %s' %s && " SSHD_PROGRAM " -t && %s", v[n - 1].line,
		    ours, where, d->sshd.reload);
	report_note(d->report, LOGIN_NOTE);
}

/* sshd's own socket for all of IPv6 takes no IPv4; one that systemd opened
 * does. */
static bool only_ipv6(const struct doctor *d, const struct listener *s, const char *ours)
{
	return d->sshd.runs && strcmp(s->address, "::") == 0 && strchr(ours, ':') == NULL;
}

/* Sockets as they are, not as they are configured. */
static bool look_at_sockets(struct doctor *d, const char *ours)
{
	uint16_t port = doctor_ssh_port(d), real;
	struct sshd_login l = { NODE_USER, ours, ours, port };
	char why[512], *effective;
	bool any = false;

	for (size_t i = 0; i < d->sshd.n; i++) {
		const struct listener *s = &d->sshd.listeners[i];

		any |= s->port == port;
		if (listener_takes(s, ours, port) && !only_ipv6(d, s, ours)) {
			report_found(d->report, VERDICT_OK, "sshd's sockets",
			    "something listens on %s port %u", s->address, (unsigned)port);
			return true;
		}
	}
	effective = sshd_effective(&d->sshd, &l, why);
	real = effective != NULL ? real_port(d, effective) : 0;
	free(effective);
	if (!any && real != 0 && real != port)
		other_port(d, port, real);
	else
		other_address(d, ours, port);
	return false;
}

/* Where the masters come to: as the configuration says, if that is an address
 * of this machine (behind NAT it is not), or by the way to the first of
 * them. */
static void our_address(const struct doctor *d, char out[SOCK_ADDR_MAX])
{
	if (d->node.address != NULL && sock_port_free(d->node.address, 0) == 1) {
		snprintf(out, SOCK_ADDR_MAX, "%s", d->node.address);
		return;
	}
	for (size_t i = 0; i < d->masters.n; i++) {
		if (d->masters.v[i].n > 0 && sock_source(d->masters.v[i].address[0], out) == 0)
			return;
	}
	snprintf(out, SOCK_ADDR_MAX, "127.0.0.1");
}

void check_sshd(struct doctor *d)
{
	char ours[SOCK_ADDR_MAX];

	if (!d->sshd.there) {
		report_found(d->report, VERDICT_SKIP, "sshd",
		    "none is installed here: this node cannot be pulled, it pushes");
		return;
	}
	if (!d->pulled) {
		report_found(d->report, VERDICT_SKIP, "sshd",
		    "sender.mode is always: this node needs no pull");
		return;
	}
	our_address(d, ours);
	if (!sshd_files_good(d) || !sshd_runs(d))
		return;
	if (!look_at_sockets(d, ours))
		return;
	sshd_age(d);
	check_login(d, NODE_USER, ours, doctor_ssh_port(d));
}
