/* SPDX-License-Identifier: ISC */
/*
 * Landlock up to ABI 6, as linux/landlock.h of Linux 6.12 has it. The headers
 * of the oldest systems that we build on (Linux 5.10) have nothing of it; the
 * numbers of the calls are the same on all architectures.
 */
#ifndef BIJK_BASE_LANDLOCK_H
#define BIJK_BASE_LANDLOCK_H

#include <stdint.h>

#define NR_LANDLOCK_CREATE_RULESET 444
#define NR_LANDLOCK_ADD_RULE 445
#define NR_LANDLOCK_RESTRICT_SELF 446

#define RULESET_VERSION 1u /* a flag: asks for the ABI */

/* Rights to files: what ABI 1 knows, and single ones. */
#define FS_ABI_1 ((1ULL << 13) - 1)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REMOVE_DIR (1ULL << 4)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_DIR (1ULL << 7)
#define FS_MAKE_REG (1ULL << 8)
#define FS_REFER (1ULL << 13)	  /* ABI 2 */
#define FS_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */

#define ABI_TCP 4
#define NET_CONNECT_TCP 2ULL
#define NET_TCP 3ULL /* bind and connect */

#define SCOPE_ABSTRACT_UNIX 1ULL /* ABI 6 */
#define SCOPE_SIGNAL 2ULL

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

#define RULE_PATH_BENEATH 1
struct path_attr {
	uint64_t allowed;
	int32_t dir;
} __attribute__((packed));

#define RULE_NET_PORT 2
struct port_attr {
	uint64_t allowed, port;
};

#endif
