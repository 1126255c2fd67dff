/* SPDX-License-Identifier: ISC */
/*
 * What can be known of our own files with the rights of their owner, as whom
 * our programs work: gathered by a process that becomes that user. And where
 * the masters are.
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
#include "common/log/spool.h"

#define FACTS_MASTERS 32   /* as many as sender.masters may hold */
#define MASTER_ADDRESSES 8 /* of one master that are looked at */

/* A master of this node. */
struct master_at {
	const char *host; /* as configured; the configuration's */
	char address[MASTER_ADDRESSES][SOCK_ADDR_MAX];
	size_t n; /* of addresses; 0: it could not be resolved */
};

struct facts {
	bool gathered; /* else nothing below counts: `why` */
	char why[FAIL_TEXT_MAX];
	/* The first below the state that is another user's; "": none. */
	char foreign[PATH_MAX];
	uid_t foreign_uid;
	mode_t key_mode;     /* of the private key; 0: it is not there */
	struct statvfs room; /* of the spool's file system, or else the state's */
	/* Only of a node. */
	struct spool_state spool;
	struct contact contact;
	struct master_at master[FACTS_MASTERS];
	size_t masters;
};

/* As the owner of `state`, of which `user` is to be the owner; c: NULL on a
 * master. */
void facts_gather(struct facts *f, const char *state, const char *key, const char *user,
    const struct node_config *c);

#endif
