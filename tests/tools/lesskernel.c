/* SPDX-License-Identifier: ISC */
/*
 * lesskernel landlock|seccomp PROGRAM [ARG...]: runs it as on a kernel without
 * that part. A stand-in: a filter answers the calls as such a kernel does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/tools/lesskernel.h"

#include "common/base/banned.h"

/* Run by root without no_new_privs: else sshd could not become another user. */
int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: lesskernel landlock|seccomp PROGRAM [ARG...]\n");
		return 64;
	}
	if ((strcmp(argv[1], "landlock") == 0 ? lesser_landlock(EOPNOTSUPP)
					      : lesser_filters(EINVAL)) == -1) {
		perror("lesskernel");
		return 71;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 71;
}
