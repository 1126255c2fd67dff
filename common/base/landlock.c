/* SPDX-License-Identifier: ISC */
/*
 * Each ABI can restrict more than the one before; what an older kernel does not know must not be
 * asked of it. The headers of the oldest system that we build on stop at ABI 1, so the rest is
 * here, as linux/landlock.h has it.
 */
#include "common/base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/io.h"

#include "common/base/banned.h"

#define FS_ABI_1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)	  /* ABI 2: never granted, so a rename stays in its directory */
#define FS_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NET_CONNECT_TCP 2ULL	  /* ABI 4 */
#define NET_TCP 3ULL		  /* bind and connect */
#define RULE_NET_PORT 2
#define SCOPE_ABSTRACT_UNIX 1ULL /* ABI 6 */
#define SCOPE_SIGNAL 2ULL

/* Neither to execute nor to make anything but files and directories. */
#define FS_GRANTED                                                                                 \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                            \
	    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |                          \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                         \
	    LANDLOCK_ACCESS_FS_MAKE_REG | FS_TRUNCATE)

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct port_attr {
	uint64_t allowed, port;
};

int landlock_abi(void)
{
	int abi =
	    (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (abi >= 1)
		return abi;
	return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : -1;
}

static uint64_t fs_rights(int abi)
{
	uint64_t fs = FS_ABI_1;

	if (abi >= 2)
		fs |= FS_REFER;
	if (abi >= 3)
		fs |= FS_TRUNCATE;
	if (abi >= 5)
		fs |= FS_IOCTL_DEV;
	return fs;
}

static size_t attr_size(int abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset_attr);
	return (abi >= LANDLOCK_ABI_TCP ? 2 : 1) * sizeof(uint64_t);
}

static int grant_dir(int ruleset, const char *dir, uint64_t handled)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = FS_GRANTED & handled,
		.parent_fd = open(dir, O_PATH | O_CLOEXEC) };
	int rc = -1;

	if (rule.parent_fd != -1)
		rc = (int)syscall(
		    SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close_fd(rule.parent_fd);
	return rc;
}

static int grant_dirs(int ruleset, const struct sandbox *s, uint64_t handled)
{
	for (size_t i = 0; i < SANDBOX_DIRS && s->dirs[i] != NULL; i++) {
		if (grant_dir(ruleset, s->dirs[i], handled) == -1)
			return -1;
	}
	return 0;
}

static int grant_port(int ruleset, uint16_t port)
{
	struct port_attr rule = { .allowed = NET_CONNECT_TCP, .port = port };

	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0);
}

int landlock_enter(const struct sandbox *s, int abi)
{
	struct ruleset_attr attr = { .fs = fs_rights(abi),
		.net = NET_TCP,
		/* A child that was started before lies outside, and must be ended all the same. */
		.scoped = SCOPE_ABSTRACT_UNIX | (s->group == 0 ? SCOPE_SIGNAL : 0) };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(abi), 0);
	int rc = -1;

	if (ruleset != -1 && grant_dirs(ruleset, s, attr.fs) == 0 &&
	    (s->port == 0 || abi < LANDLOCK_ABI_TCP || grant_port(ruleset, s->port) == 0))
		rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	close_fd(ruleset);
	return rc;
}
