/* SPDX-License-Identifier: ISC */
/*
 * Lies where a program of ours should, and becomes it, with the shim before its allocator while there is a plan. So
 * only that program has it, whoever starts it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/memory/plan.h"

int main(int argc, char **argv)
{
	const char *home = getenv("HOME");
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	char path[256];
	uint64_t at = 0;
	int fd;

	if (home == NULL || argc < 1)
		return 127;
	snprintf(path, sizeof(path), "%s/%s", home, PLAN_FILE);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || read(fd, &at, sizeof(at)) != (ssize_t)sizeof(at))
		return 127;
	close(fd);
	snprintf(path, sizeof(path), "%s/%s", home, PLAN_SHIM);
	if (at != 0)
		setenv("LD_PRELOAD", path, 1);
	snprintf(
	    path, sizeof(path), "%s/%s/%s", home, PLAN_REAL, slash != NULL ? slash + 1 : argv[0]);
	execv(path, argv);
	return 127;
}
