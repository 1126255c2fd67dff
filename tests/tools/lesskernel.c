/* SPDX-License-Identifier: ISC */
/*
 * lesskernel landlock|seccomp PROGRAM [ARG...]: runs it as on a kernel without that part. A stand-in: a filter
 * answers the calls as such a kernel does.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/base/banned.h"

int main(int argc, char **argv)
{
	static const char *const landlock[] = { "landlock_create_ruleset", "landlock_add_rule",
		"landlock_restrict_self" };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = 0;

	if (argc < 3 || ctx == NULL) {
		fprintf(stderr, "usage: lesskernel landlock|seccomp PROGRAM [ARG...]\n");
		return 64;
	}
	if (strcmp(argv[1], "landlock") == 0) {
		for (int i = 0; i < 3 && rc == 0; i++)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EOPNOTSUPP),
			    seccomp_syscall_resolve_name(landlock[i]), 0);
	} else {
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP));
		if (rc == 0)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
	}
	/* Else sshd could not become another user. */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (rc != 0) {
		fprintf(stderr, "lesskernel: %s\n", strerror(-rc));
		return 71;
	}
	seccomp_release(ctx);
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 71;
}
