/* SPDX-License-Identifier: ISC */
/*
 * Order: limits and no_new_privs, then Landlock, then seccomp: so its list
 * needs none of the calls that the others make.
 *
 * Each ABI of Landlock can restrict more than the one before, and older kernels
 * refuse what they do not know.
 */
#include "common/base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/landlock.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define MAX_FILES 64
#define MAX_MEMORY (256u << 20) /* several times what the largest frame takes */

static int lower_limit(int resource, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(resource, &r) == -1)
		return -1;
	if (most < r.rlim_max || r.rlim_max == RLIM_INFINITY)
		r.rlim_max = most;
	r.rlim_cur = r.rlim_max;
	return setrlimit(resource, &r);
}

static int enter_limits(const struct sandbox *s)
{
	static const struct rlimit none = { 0, 0 };

	if (lower_limit(RLIMIT_NOFILE, MAX_FILES) == -1 || setrlimit(RLIMIT_CORE, &none) == -1 ||
	    lower_limit(RLIMIT_DATA, MAX_MEMORY) == -1)
		return -1;
	/* A thread counts as a process. */
	return s->needs & SANDBOX_THREADS ? 0 : setrlimit(RLIMIT_NPROC, &none);
}

/* --- Landlock --- */

/*
 * Below the directories files may be read, written, made, renamed inside their
 * directory, and removed. Nothing may be executed, and nothing but files and
 * directories made.
 */
#define FS_GRANTED                                                                                 \
	(FS_READ_FILE | FS_WRITE_FILE | FS_READ_DIR | FS_REMOVE_DIR | FS_REMOVE_FILE |             \
	    FS_MAKE_DIR | FS_MAKE_REG | FS_TRUNCATE)

/* 0: the kernel has none, or (errno EPERM) denies it to us. -1: errno. */
static int landlock_abi(void)
{
	int abi = (int)syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, RULESET_VERSION);

	if (abi >= 1)
		return abi;
	return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : -1;
}

static uint64_t fs_rights(int abi)
{
	uint64_t fs = FS_ABI_1;

	if (abi >= 2) /* never granted, so a rename stays in its directory */
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
	return (abi >= ABI_TCP ? 2 : 1) * sizeof(uint64_t);
}

static int grant_dir(int ruleset, const char *dir, uint64_t handled)
{
	struct path_attr rule = { .allowed = FS_GRANTED & handled,
		.dir = open(dir, O_PATH | O_CLOEXEC) };
	int rc = -1;

	if (rule.dir != -1)
		rc = (int)syscall(NR_LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
	close_fd(rule.dir);
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

	return (int)syscall(NR_LANDLOCK_ADD_RULE, ruleset, RULE_NET_PORT, &rule, 0);
}

static int landlock_enter(const struct sandbox *s, int abi)
{
	struct ruleset_attr attr = { .fs = fs_rights(abi),
		.net = NET_TCP,
		/* Children from before are outside, and must be ended. */
		.scoped = SCOPE_ABSTRACT_UNIX | (s->group == 0 ? SCOPE_SIGNAL : 0) };
	int ruleset = (int)syscall(NR_LANDLOCK_CREATE_RULESET, &attr, attr_size(abi), 0);
	int rc = -1;

	if (ruleset != -1 && grant_dirs(ruleset, s, attr.fs) == 0 &&
	    (s->port == 0 || abi < ABI_TCP || grant_port(ruleset, s->port) == 0))
		rc = (int)syscall(NR_LANDLOCK_RESTRICT_SELF, ruleset, 0);
	close_fd(ruleset);
	return rc;
}

/* --- All parts --- */

void sandbox_tell(void)
{
	static const char *const lacks[] = {
		"no Landlock and no seccomp filter: no_new_privs",
		"no seccomp filter: Landlock, no_new_privs",
		"no Landlock: seccomp, no_new_privs",
	};
	static bool told;
	bool landlock, filter, denied;

	if (told)
		return;
	told = true;
	landlock = landlock_abi() != 0;
	denied = !landlock && errno == EPERM;
	filter = callfilter_there();
	denied |= !filter && errno == EPERM;
	if (!landlock || !filter)
		msg_warn("this kernel has %s and limits alone restrict this program%s",
		    lacks[landlock   ? 1
			    : filter ? 2
				     : 0],
		    denied ? " (it is refused with EPERM: likely by the seccomp profile of the "
			     "container that this runs in)"
			   : "");
}

/* Only with -v, and not to syslog: each session would leave a line. */
static void say_what_holds(int abi, int calls)
{
	char landlock[64] = "", filter[64] = "";

	if (abi > 0)
		snprintf(landlock, sizeof(landlock), ", Landlock ABI %d (%s)", abi,
		    abi >= ABI_TCP ? "paths, TCP" : "paths");
	if (calls > 0)
		snprintf(filter, sizeof(filter), ", seccomp %d calls", calls);
	msg(msg_shows(MSG_INFO) ? MSG_INFO : MSG_DEBUG, "restricted: no_new_privs%s%s, limits",
	    landlock, filter);
}

int sandbox_enter(const struct sandbox *s, const char **part)
{
	int abi, calls = 0;

	tzset(); /* syslog() would read the file later */
	sandbox_tell();
	*part = "limits";
	if (enter_limits(s) == -1)
		return -1;
	*part = "no_new_privs";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	*part = "Landlock";
	abi = landlock_abi();
	if (abi == -1 || (abi > 0 && landlock_enter(s, abi) == -1))
		return -1;
	*part = "seccomp";
	if (callfilter_there()) {
		calls = callfilter_enter(s->needs, s->group, s->port != 0);
		if (calls == -1)
			return -1;
	}
	say_what_holds(abi, calls);
	return 0;
}

int sandbox_narrow(const char *const dirs[SANDBOX_DIRS], const char **part)
{
	struct sandbox s = { .needs = 0 };
	int abi = landlock_abi();

	memcpy(s.dirs, dirs, sizeof(s.dirs));
	*part = "Landlock";
	return abi == 0 ? 0 : landlock_enter(&s, abi);
}

void sandbox_enter_or_die(const struct sandbox *s)
{
	const char *part;

	if (sandbox_enter(s, &part) == -1)
		die(EX_OSERR, "restricting this process: %s: %s", part, strerror(errno));
}

int sandbox_enter_parent(const char **part)
{
	*part = "no_new_privs";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	*part = "seccomp";
	return callfilter_there() ? callfilter_enter_parent() : 0;
}
