/* SPDX-License-Identifier: ISC */
/*
 * measure FILE COMMAND [ARG...]: runs the command and appends a line to FILE:
 * wall, user and system seconds, and peak resident memory in KiB, all of the
 * command and what it waited for.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct timespec from, to;
	struct rusage used;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		return 64;
	clock_gettime(CLOCK_MONOTONIC, &from);
	pid = vfork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid == -1 || wait4(pid, &status, 0, &used) != pid)
		return 71;
	clock_gettime(CLOCK_MONOTONIC, &to);
	f = fopen(argv[1], "a");
	if (f == NULL)
		return 73;
	fprintf(f, "%.6f %.6f %.6f %ld\n",
	    (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
	    seconds(used.ru_utime), seconds(used.ru_stime), used.ru_maxrss);
	fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
