/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/num.h"

#include "common/base/banned.h"

static ssize_t read_small(int proc, const char *pid, const char *name, char *out, size_t size)
{
	char path[280];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd == -1 ? -1 : read_full(fd, out, size - 1);
	close_fd(fd);
	out[n > 0 ? n : 0] = '\0';
	return n;
}

static int64_t ms(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

/* Seconds since 1970, from field 22 of stat, which counts from the boot. */
static int64_t start_of(const char *stat)
{
	const char *s = strrchr(stat, ')');
	struct timespec boot, now;
	char *end;
	long ticks = sysconf(_SC_CLK_TCK);
	long long since;

	for (unsigned field = 2; s != NULL && field < 22; field++)
		s = strchr(s + 1, ' ');
	if (s == NULL || ticks <= 0)
		return 0;
	since = strtoll(s + 1, &end, 10) * (1000 / ticks);
	if (clock_gettime(CLOCK_BOOTTIME, &boot) == -1 || clock_gettime(CLOCK_REALTIME, &now) == -1)
		return 0;
	return (ms(&now) - ms(&boot) + since) / 1000;
}

/* Another's namespace cannot be read without rights: then it counts as ours. */
static bool same_machine(int proc, const char *pid)
{
	struct stat ours, its;
	char path[280];

	snprintf(path, sizeof(path), "%s/ns/mnt", pid);
	return fstatat(proc, "self/ns/mnt", &ours, 0) == -1 || fstatat(proc, path, &its, 0) == -1 ||
	    ours.st_ino == its.st_ino;
}

static bool named(const char *comm, const char *const names[])
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(comm, names[i]) == 0)
			return true;
	}
	return false;
}

static bool is_roots(int proc, const char *pid)
{
	char status[1024];
	const char *uid;

	if (read_small(proc, pid, "status", status, sizeof(status)) <= 0)
		return false;
	uid = strstr(status, "\nUid:");
	return uid != NULL && strncmp(uid, "\nUid:\t0\t0\t", 10) == 0;
}

/* The program of a process that outlives its replacement ends so. */
static void find_program(int proc, const char *pid, char out[PROCESS_PROGRAM_MAX])
{
	static const char gone[] = " (deleted)";
	char path[280];
	ssize_t n;
	char *end;

	snprintf(path, sizeof(path), "%s/exe", pid);
	n = readlinkat(proc, path, out, PROCESS_PROGRAM_MAX - 1);
	out[n > 0 ? n : 0] = '\0';
	end = n > 0 ? strstr(out, gone) : NULL;
	if (end != NULL && end[strlen(gone)] == '\0')
		*end = '\0';
}

bool process_executes(const struct process *p, const char *program)
{
	char *real;
	bool same;

	if (p->program[0] == '\0')
		return true;
	real = realpath(program, NULL);
	same = strcmp(p->program, real != NULL ? real : program) == 0;
	free(real);
	return same;
}

static bool look(int proc, const char *pid, const char *const names[], struct process *p)
{
	char comm[64], stat[1024];
	uint64_t number;
	ssize_t n;

	if (num_parse(pid, 1, INT32_MAX, &number) == -1 ||
	    read_small(proc, pid, "comm", comm, sizeof(comm)) <= 0)
		return false;
	comm[strcspn(comm, "\n")] = '\0';
	if (!named(comm, names) || !same_machine(proc, pid))
		return false;
	n = read_small(proc, pid, "cmdline", p->title, sizeof(p->title));
	for (ssize_t i = 0; i + 1 < n; i++) {
		if (p->title[i] == '\0')
			p->title[i] = ' ';
	}
	read_small(proc, pid, "stat", stat, sizeof(stat));
	p->pid = (pid_t)number;
	p->started = start_of(stat);
	p->roots = is_roots(proc, pid);
	find_program(proc, pid, p->program);
	return true;
}

int process_is_roots(const struct process *p)
{
	return p->roots ? 1 : 0;
}

bool process_find(
    struct process *p, const char *const names[], int (*rank)(const struct process *p))
{
	DIR *d = opendir("/proc");
	struct process one;
	struct dirent *e;
	int best = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		int r = look(dirfd(d), e->d_name, names, &one) ? 1 : 0;

		if (r > 0 && rank != NULL)
			r = rank(&one);
		if (r <= best)
			continue;
		best = r;
		*p = one;
	}
	if (d != NULL)
		closedir(d);
	return best > 0;
}
