/* SPDX-License-Identifier: ISC */
/* This machine's sshd: whether it runs, how it was started, where it listens,
 * and what it would do for a login. */
#ifndef BIJK_DOCTOR_SSHD_FACTS_H
#define BIJK_DOCTOR_SSHD_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bijk-doctor/process.h"
#include "bijk-doctor/service.h"
#include "bijk-doctor/sockets.h"
#include "bijk-doctor/sshd_text.h"

#define SSHD_PROGRAM "/usr/sbin/sshd"

struct sshd_facts {
	bool there;	/* the program is */
	bool runs;	/* one listens; its process: */
	bool by_socket; /* systemd listens for it: no process of its own */
	struct process process;
	char options[SSHD_VALUE_MAX]; /* that it was started with */
	char config[SSHD_VALUE_MAX];  /* its main file */
	int64_t read; /* when it read its configuration, seconds since 1970; 0: not known */
	char reload[COMMAND_MAX];
	struct listener listeners[LISTENERS_MAX];
	size_t n;
};

void sshd_facts_gather(struct sshd_facts *s);
/* As `read`, looked up now. */
int64_t sshd_when_read(const struct sshd_facts *s);

struct sshd_login {
	const char *user, *addr; /* who, and the peer's address */
	const char *laddr;	 /* ours that it comes to */
	uint16_t lport;
};
/*
 * What `sshd -T` prints for this login, with the options of the sshd that runs;
 * to be freed. NULL: why, in sshd's words where it has some.
 */
char *sshd_effective(const struct sshd_facts *s, const struct sshd_login *l, char why[512]);

#endif
