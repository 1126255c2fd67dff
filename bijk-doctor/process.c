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

static bool named(int proc, const char *pid, const char *const names[])
{
	char comm[64];

	read_small(proc, pid, "comm", comm, sizeof(comm));
	comm[strcspn(comm, "\n")] = '\0';
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
static void find_program(int proc, const char *pid, char out[PROCESS_EXE_MAX])
{
	static const char gone[] = " (deleted)";
	char path[280];
	ssize_t n;
	char *end;

	snprintf(path, sizeof(path), "%s/exe", pid);
	n = readlinkat(proc, path, out, PROCESS_EXE_MAX - 1);
	out[n > 0 ? n : 0] = '\0';
	end = n > 0 ? strstr(out, gone) : NULL;
	if (end != NULL && end[strlen(gone)] == '\0')
		*end = '\0';
}

bool process_executes(const struct process *p, const char *program)
{
	char *real;
	bool same;

	if (p->exe[0] == '\0')
		return true;
	real = realpath(program, NULL);
	same = strcmp(p->exe, real != NULL ? real : program) == 0;
	free(real);
	return same;
}

static bool look(int proc, const char *pid, struct process *p)
{
	char stat[1024];
	uint64_t number;
	ssize_t n;

	if (num_parse(pid, 1, INT32_MAX, &number) == -1 ||
	    read_small(proc, pid, "stat", stat, sizeof(stat)) <= 0)
		return false;
	n = read_small(proc, pid, "cmdline", p->argv, sizeof(p->argv));
	p->argv_len = n > 0 ? (size_t)n : 0;
	p->pid = (pid_t)number;
	p->started = start_of(stat);
	p->here = same_machine(proc, pid);
	p->roots = is_roots(proc, pid);
	find_program(proc, pid, p->exe);
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
		if (!named(dirfd(d), e->d_name, names) || !look(dirfd(d), e->d_name, &one) ||
		    !one.here || rank(&one) <= best)
			continue;
		best = rank(&one);
		*p = one;
	}
	if (d != NULL)
		closedir(d);
	return best > 0;
}

/* Does it hold this open ("socket:[17]")? */
static bool holds(int proc, const char *pid, const char *thing)
{
	char path[300], to[64];
	struct dirent *e;
	bool found = false;
	int fd;
	DIR *d;

	snprintf(path, sizeof(path), "%s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd != -1 ? fdopendir(fd) : NULL;
	while (d != NULL && !found && (e = readdir(d)) != NULL) {
		ssize_t n = readlinkat(fd, e->d_name, to, sizeof(to) - 1);

		to[n > 0 ? n : 0] = '\0';
		found = strcmp(to, thing) == 0;
	}
	if (d != NULL)
		closedir(d);
	else
		close_fd(fd);
	return found;
}

static bool serves_rather(const struct process *a, const struct process *b)
{
	if ((a->pid == 1) != (b->pid == 1))
		return b->pid == 1;
	return a->started != b->started ? a->started < b->started : a->pid < b->pid;
}

bool listener_owner(const struct listener *l, struct process *p)
{
	DIR *d = opendir("/proc");
	struct process one;
	struct dirent *e;
	bool found = false;
	char thing[64];

	snprintf(thing, sizeof(thing), "socket:[%lu]", l->inode);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (!holds(dirfd(d), e->d_name, thing) || !look(dirfd(d), e->d_name, &one) ||
		    (found && !serves_rather(&one, p)))
			continue;
		found = true;
		*p = one;
	}
	if (d != NULL)
		closedir(d);
	return found;
}
