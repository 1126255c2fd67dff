/* SPDX-License-Identifier: ISC */
/* hosts.allow and hosts.deny, where this sshd asks libwrap. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/hosts_access.h"
#include "common/base/child.h"
#include "common/base/file.h"
#include "common/base/io.h"

#include "common/base/banned.h"

#define ALLOW "/etc/hosts.allow"
#define DENY "/etc/hosts.deny"
#define PROGRAM_MAX (64u << 20)
#define RULES_MAX 65536
#define LOOKUP_SECONDS 2
#define READ_SECONDS 5

/* Missing is as good as empty. -1: errno. */
static int read_file(const char *path, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	rc = read_all(fd, b, deadline_in_s(READ_SECONDS));
	close_fd(fd);
	return rc;
}

/*
 * The name of the library stands in a program that is linked with it. From
 * OpenSSH 9.8 on another program than the one that listens has the connection.
 */
static bool linked_with_libwrap(void)
{
	static const char *const programs[] = { SSHD_PROGRAM, "/usr/lib/openssh/sshd-session",
		"/usr/lib/ssh/sshd-session", "/usr/libexec/openssh/sshd-session" };
	bool linked = false;

	for (size_t i = 0; !linked && i < sizeof(programs) / sizeof(programs[0]); i++) {
		struct buf b = BUF_INIT(PROGRAM_MAX);

		linked = read_file(programs[i], &b) == 0 && b.len > 0 &&
		    memmem(b.data, b.len, "libwrap.so", 10) != NULL;
		buf_free(&b);
	}
	return linked;
}

struct lookup {
	const char *address;
	char name[256];
};

/* The name of an address, which libwrap believes only if the name has this
 * address, too. */
static int look_up(void *arg)
{
	struct lookup *l = arg;
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *list;
	bool same = false;
	int rc;

	if (getaddrinfo(l->address, NULL, &hints, &list) != 0)
		return 1;
	rc = getnameinfo(
	    list->ai_addr, list->ai_addrlen, l->name, sizeof(l->name), NULL, 0, NI_NAMEREQD);
	freeaddrinfo(list);
	hints.ai_flags = 0;
	if (rc != 0 || getaddrinfo(l->name, NULL, &hints, &list) != 0)
		return 1;
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
		char numeric[64];

		same |= getnameinfo(a->ai_addr, a->ai_addrlen, numeric, sizeof(numeric), NULL, 0,
			    NI_NUMERICHOST) == 0 &&
		    strcmp(numeric, l->address) == 0;
	}
	freeaddrinfo(list);
	return same ? 0 : 1;
}

/* A resolver can take minutes to give up. NULL: no name was found in time. */
static const char *name_of(const char *address, char name[256])
{
	struct lookup *l = worker_memory(sizeof(*l));
	bool found = false;

	if (l == NULL)
		return NULL;
	*l = (struct lookup){ .address = address };
	if (worker_run(look_up, l, LOOKUP_SECONDS) == 0) {
		memcpy(name, l->name, sizeof(l->name));
		found = true;
	}
	munmap(l, sizeof(*l));
	return found ? name : NULL;
}

/* WRAPPER_UNKNOWN with a line of 0: it cannot be read. */
static enum wrapper_say ask_file(const char *path, const struct wrapper_client *c,
    enum wrapper_say plain, struct wrapper_rule *rule)
{
	struct buf b = BUF_INIT(RULES_MAX);
	enum wrapper_say say = WRAPPER_UNKNOWN;

	*rule = (struct wrapper_rule){ .line = 0 };
	if (read_file(path, &b) == 0 && buf_adds(&b, "") == 0)
		say = hosts_access(b.data, c, plain, rule);
	buf_free(&b);
	return say;
}

static void tell_denied(
    struct doctor *d, const char *what, const char *file, const struct wrapper_rule *rule)
{
	if (rule->broken)
		report_found(d->report, VERDICT_FAIL, what,
		    "line %u of %s has no end or is too long, and libwrap keeps out everybody "
		    "then: %s",
		    rule->line, file, rule->text);
	else
		report_found(d->report, VERDICT_FAIL, what, "line %u of %s keeps it out: %s",
		    rule->line, file, rule->text);
}

static void look_from(struct doctor *d, const char *host, const char *address)
{
	char name[256], what[300];
	struct wrapper_client c = { .daemon = "sshd", .address = address };
	struct wrapper_rule rule, unread;
	const char *file = ALLOW;
	enum wrapper_say say;

	c.name = name_of(address, name);
	snprintf(what, sizeof(what), "hosts.allow and hosts.deny, for %s (%s)", address, host);
	say = ask_file(ALLOW, &c, WRAPPER_ALLOWS, &rule);
	unread = rule;
	if (say == WRAPPER_NO_RULE) {
		file = DENY;
		say = ask_file(DENY, &c, WRAPPER_DENIES, &rule);
	}
	switch (say) {
	case WRAPPER_NO_RULE:
		report_found(d->report, VERDICT_OK, what, "no rule is about it, so it is let in");
		return;
	case WRAPPER_ALLOWS:
		report_found(
		    d->report, VERDICT_OK, what, "line %u of %s lets it in", rule.line, file);
		return;
	case WRAPPER_DENIES: tell_denied(d, what, file, &rule); break;
	default:
		if (rule.line == 0) {
			report_found(
			    d->report, VERDICT_WARN, what, "%s cannot be read whole", file);
			return;
		}
		report_found(d->report, VERDICT_WARN, what,
		    "line %u of %s may keep it out, which cannot be seen from here: %s", rule.line,
		    file, rule.text);
	}
	if (unread.broken)
		report_note(d->report,
		    "line %u of " ALLOW " has no end or is too long: libwrap does not read it",
		    unread.line);
	report_mend(d->report,
	    "{ echo 'sshd: %s%s%s'; cat " ALLOW "; } >" ALLOW ".new; cat " ALLOW ".new >" ALLOW
	    " && rm " ALLOW ".new",
	    strchr(address, ':') != NULL ? "[" : "", address,
	    strchr(address, ':') != NULL ? "]" : "");
	report_note(d->report, "it works at once, and nothing is reloaded");
}

void check_wrappers(struct doctor *d)
{
	if (!d->pulled) {
		report_found(d->report, VERDICT_SKIP, "hosts.allow and hosts.deny",
		    "this node is not pulled");
		return;
	}
	if (!linked_with_libwrap()) {
		report_found(d->report, VERDICT_SKIP, "hosts.allow and hosts.deny",
		    "this sshd is not linked with libwrap: it does not read them");
		return;
	}
	for (size_t i = 0; i < d->masters.n; i++) {
		for (size_t k = 0; k < d->masters.v[i].n; k++)
			look_from(d, d->masters.v[i].host, d->masters.v[i].address[k]);
	}
}
