/* SPDX-License-Identifier: ISC */
/* One pattern of hosts.allow and hosts.deny against a daemon or a client, as
 * libwrap compares them. No I/O. */
#ifndef BIJK_DOCTOR_HOSTS_PATTERN_H
#define BIJK_DOCTOR_HOSTS_PATTERN_H

struct wrapper_client {
	const char *daemon;  /* "sshd" */
	const char *address; /* numeric */
	const char *name;    /* the peer's name; NULL: it has none that is known */
};

/* UNSURE: only a lookup, a netgroup or a file would tell, or libwrap reads more
 * into it than its manual says. */
enum hosts_match { HOSTS_NO, HOSTS_YES, HOSTS_UNSURE };

/* The pattern may be written to. */
enum hosts_match hosts_daemon_matches(const struct wrapper_client *c, char *pattern);
enum hosts_match hosts_client_matches(const struct wrapper_client *c, char *pattern);

#endif
