/* SPDX-License-Identifier: ISC */
/*
 * Who may log in, as sshd decides it from its four lists (sshd_config(5):
 * DenyUsers, AllowUsers, DenyGroups, AllowGroups, in this order; ssh_config(5),
 * "PATTERNS"). No I/O: what must be looked up is given.
 */
#ifndef BIJK_DOCTOR_SSHD_MATCH_H
#define BIJK_DOCTOR_SSHD_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* `*` and `?`; the whole text. */
bool sshd_pattern_matches(const char *text, const char *pattern);
/*
 * USER or USER@HOSTS, where HOSTS is a list between commas of names, addresses,
 * patterns of either, and networks (192.0.2.0/24), each perhaps negated with
 * `!`. 1: it does; 0: not; -1: sshd would not understand it. `host` is the
 * peer's name, or its address where it has none.
 */
int sshd_user_matches(const char *user, const char *host, const char *addr, const char *pattern);

struct sshd_list {
	const char *const *v;
	size_t n;
};

struct sshd_lists {
	struct sshd_list deny_users, allow_users, deny_groups, allow_groups;
};

enum sshd_list_name {
	SSHD_NO_LIST,
	SSHD_DENY_USERS,
	SSHD_ALLOW_USERS,
	SSHD_DENY_GROUPS,
	SSHD_ALLOW_GROUPS
};

struct sshd_who {
	const char *user;
	struct sshd_list groups; /* all that the account is in, by name */
	const char *host, *addr; /* where the login comes from */
};

/* The list that keeps this login out; SSHD_NO_LIST: none does. *pattern: which
 * of a Deny list, else NULL. */
enum sshd_list_name sshd_keeps_out(
    const struct sshd_lists *l, const struct sshd_who *w, const char **pattern);
/* "AllowUsers" */
const char *sshd_list_keyword(enum sshd_list_name n);

#endif
