/* SPDX-License-Identifier: ISC */
/*
 * Order: limits and no_new_privs, then Landlock, then seccomp, whose list so need not hold the calls
 * that the others take.
 */
#include "common/base/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>

#include "common/base/callfilter.h"
#include "common/base/landlock.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define FILES 64
#define MEMORY (256u << 20) /* several times what the largest frame takes */

static int limit(int resource, rlim_t most)
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

	if (limit(RLIMIT_NOFILE, FILES) == -1 || setrlimit(RLIMIT_CORE, &none) == -1 ||
	    limit(RLIMIT_DATA, MEMORY) == -1)
		return -1;
	/* A thread counts as a process. */
	return s->needs & SANDBOX_THREADS ? 0 : setrlimit(RLIMIT_NPROC, &none);
}

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

/* With -v only, not in syslog as well: each session would leave a line. */
static void say(int abi, int calls)
{
	char landlock[64] = "", filter[64] = "";

	if (abi > 0)
		snprintf(landlock, sizeof(landlock), ", Landlock ABI %d (%s)", abi,
		    abi >= LANDLOCK_ABI_TCP ? "paths, TCP" : "paths");
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
		calls = callfilter_enter(s);
		if (calls == -1)
			return -1;
	}
	say(abi, calls);
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
