/* SPDX-License-Identifier: ISC */
/* This machine's sshd: whether it runs, and how it was started. */
#ifndef BIJK_DOCTOR_SSHD_FACTS_H
#define BIJK_DOCTOR_SSHD_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bijk-doctor/process.h"
#include "bijk-doctor/service.h"

#define SSHD_PROGRAM "/usr/sbin/sshd"
#define SSHD_CONFIG "/etc/ssh/sshd_config"

struct sshd_facts {
	bool there; /* the program is */
	bool runs;  /* it listens; its process, and where: */
	struct process process;
	uint16_t port;
	char options[1024];	  /* that say how it is configured, words */
	char config[256];	  /* its main file */
	char newer[512];	  /* a file that it has not read yet; "" */
	char reload[COMMAND_MAX]; /* a command line */
};

/* Of the machine's own. */
void sshd_facts_gather(struct sshd_facts *s);
/* Of one that runs, and listens on this port. */
void sshd_facts_of(struct sshd_facts *s, const struct process *p, uint16_t port);

#endif
