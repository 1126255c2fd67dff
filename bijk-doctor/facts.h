/* SPDX-License-Identifier: ISC */
/*
 * What can be known of our own things with the rights of their owner, as whom
 * our programs work: gathered by a process that becomes that user, so that root
 * sees what bijk-push and bijk-login would see.
 */
#ifndef BIJK_DOCTOR_FACTS_H
#define BIJK_DOCTOR_FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "common/base/hostaddr.h"
#include "common/config.h"
#include "common/contact.h"
#include "common/fail.h"

#define FACTS_MASTERS 32   /* as many as sender.masters may hold */
#define MASTER_ADDRESSES 8 /* of one master that are looked at */

/* A master, and what this node knows of it. */
struct master_at {
	const char *host; /* as configured; the configuration's */
	char address[MASTER_ADDRESSES][SOCK_ADDR_MAX];
	size_t n;      /* of addresses; 0: it could not be resolved */
	uint64_t port; /* of our sshd, as it was told; 0: not told, or not known */
};

struct facts {
	bool gathered; /* else nothing below counts: `why` */
	char why[FAIL_TEXT_MAX];
	/* The first below the state that is another user's; "": none. */
	char foreign[PATH_MAX];
	uid_t foreign_uid;
	mode_t key_mode;     /* of the private key; 0: it is not there */
	struct statvfs room; /* of the spool's file system, or else the state's */
	/* Only of a node. The hash, the masters' keys (common/trust/masters.h)
	 * and the log; of each what is wrong with it, "": nothing. */
	char hash[FAIL_TEXT_MAX], pins[FAIL_TEXT_MAX], key[FAIL_TEXT_MAX], log[FAIL_TEXT_MAX];
	bool pins_stale;
	unsigned keys_here; /* that authorized_keys has to let in */
	bool log_there;
	uint64_t left, size; /* records that no master has; bytes of all */
	struct contact contact;
	struct master_at master[FACTS_MASTERS];
	size_t masters;
};

/* As the owner of `state`, of which `user` is to be the owner; c: NULL on a
 * master. */
void facts_gather(struct facts *f, const char *state, const char *key, const char *user,
    const struct node_config *c);

#endif
