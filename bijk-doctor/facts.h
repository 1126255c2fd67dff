/* SPDX-License-Identifier: ISC */
/*
 * What can be known of the node's own things with the rights of their owner, as
 * whom its programs work: gathered by a process that becomes that user, so that
 * root sees what bijk-push and bijk-login would see.
 */
#ifndef BIJK_DOCTOR_FACTS_H
#define BIJK_DOCTOR_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/statvfs.h>

#include "common/base/yaml.h"
#include "common/config.h"
#include "common/contact.h"
#include "common/fail.h"

#define FACTS_MASTERS 32 /* as many as sender.masters may hold */
#define FACTS_SECONDS 8

struct facts {
	bool gathered; /* else nothing below counts: `why` */
	char why[FAIL_TEXT_MAX];
	/* The hash can be read and is one, else hash_why says what is wrong. */
	bool hash_good;
	char hash_why[FAIL_TEXT_MAX];
	/* What the node knows of its masters: common/trust/masters.h. */
	bool pins_read, pins_stale;
	char pins_why[FAIL_TEXT_MAX];
	bool key_there; /* a key pair of ours can be read */
	struct {
		int64_t taken; /* seconds since 1970; 0: never */
		uint64_t port; /* of our sshd, as it was told; 0: not told, or not known */
	} master[FACTS_MASTERS];
	unsigned keys_here; /* that authorized_keys has to let in */
	/* The spool; `room`: of its file system, or of the state's before there
	 * is one; f_blocks 0: not known. */
	struct statvfs room;
	bool log_there, log_good;
	char log_why[FAIL_TEXT_MAX];
	uint64_t first, next, acked, size; /* size in bytes */
	int64_t oldest_ns; /* of the oldest record that is not acknowledged; 0: none */
	struct contact contact;
};

/* Of the node with this configuration. */
void facts_gather(struct facts *f, const struct node_config *c);

#endif
