/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/io.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define LISTEN_STATE 0x0a

/* --- What listens --- */

/* The kernel prints each 32-bit word of an address as a number of this
 * machine's byte order. */
static bool address_of(char out[SOCK_ADDR_MAX], const char *hex)
{
	uint32_t words[4];
	size_t n = strlen(hex) / 8;

	if (n != 1 && n != 4)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sscanf(hex + 8 * i, "%8x", &words[i]) != 1)
			return false;
	}
	return inet_ntop(n == 1 ? AF_INET : AF_INET6, words, out, SOCK_ADDR_MAX) != NULL;
}

size_t listeners_parse(struct listener *v, size_t n, const char *text)
{
	while (*text != '\0' && n < LISTENERS_MAX) {
		const char *end = strchrnul(text, '\n');
		char line[256], address[40];
		unsigned port, state;

		snprintf(
		    line, sizeof(line), "%.*s", (int)(end - text < 255 ? end - text : 255), text);
		if (sscanf(line,
			" %*[0-9]: %39[0-9A-Fa-f]:%4x %*39[0-9A-Fa-f]:%*4x %2x %*s %*s %*s %u %*s "
			"%lu",
			address, &port, &state, &v[n].uid, &v[n].inode) == 5 &&
		    state == LISTEN_STATE && address_of(v[n].address, address))
			v[n++].port = (uint16_t)port;
		text = *end == '\0' ? end : end + 1;
	}
	return n;
}

size_t listeners(struct listener v[LISTENERS_MAX])
{
	static const char *const files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct buf b = BUF_INIT(8u << 20);
		int fd = open(files[i], O_RDONLY | O_CLOEXEC);

		/* Those that listen come first: what is beyond the buffer are
		 * connections. */
		if (fd != -1 && (read_all(fd, &b, DEADLINE_NEVER) == 0 || errno == EMSGSIZE) &&
		    b.data != NULL)
			n = listeners_parse(v, n, b.data);
		close_fd(fd);
		buf_free(&b);
	}
	return n;
}

bool address_is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

bool listener_takes(const struct listener *l, const char *address, uint16_t port)
{
	bool v6 = strchr(address, ':') != NULL;

	return l->port == port &&
	    (strcmp(l->address, address) == 0 || strcmp(l->address, "::") == 0 ||
		(!v6 && strcmp(l->address, "0.0.0.0") == 0));
}

/* --- What runs --- */

static size_t read_small(int proc, const char *pid, const char *name, char *out, size_t size)
{
	char path[280];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd == -1 ? 0 : read_full(fd, out, size - 1);
	close_fd(fd);
	out[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* Seconds since 1970, from field 22 of stat, which counts from the boot. */
static int64_t start_of(const char *stat)
{
	const char *s = strrchr(stat, ')');
	struct timespec up;
	long ticks = sysconf(_SC_CLK_TCK);

	for (unsigned field = 2; s != NULL && field < 22; field++)
		s = strchr(s + 1, ' ');
	if (s == NULL || ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &up) == -1)
		return 0;
	return time(NULL) - up.tv_sec + strtoll(s + 1, NULL, 10) / ticks;
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

/* The program of a process that outlives its replacement ends so. */
static void find_program(int proc, const char *pid, char out[PROCESS_EXE_MAX])
{
	static const char gone[] = " (deleted)";
	char path[280], *end;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/exe", pid);
	n = readlinkat(proc, path, out, PROCESS_EXE_MAX - 1);
	out[n > 0 ? n : 0] = '\0';
	end = strstr(out, gone);
	if (end != NULL && end[strlen(gone)] == '\0')
		*end = '\0';
}

static bool look(int proc, const char *pid, struct process *p)
{
	char stat[1024];
	struct stat st;
	uint64_t number;

	if (num_parse(pid, 1, INT32_MAX, &number) == -1 || fstatat(proc, pid, &st, 0) == -1 ||
	    read_small(proc, pid, "stat", stat, sizeof(stat)) == 0)
		return false;
	p->argv_len = read_small(proc, pid, "cmdline", p->argv, sizeof(p->argv));
	p->pid = (pid_t)number;
	p->started = start_of(stat);
	p->here = same_machine(proc, pid);
	p->roots = st.st_uid == 0;
	find_program(proc, pid, p->exe);
	return true;
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

/* Of those that hold `thing` (NULL: of all) the best. */
static bool find(struct process *p, const char *thing,
    bool (*better)(const struct process *one, const struct process *best))
{
	DIR *d = opendir("/proc");
	struct process one;
	struct dirent *e;
	bool found = false;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if ((thing != NULL && !holds(dirfd(d), e->d_name, thing)) ||
		    !look(dirfd(d), e->d_name, &one) || !better(&one, found ? p : NULL))
			continue;
		found = true;
		*p = one;
	}
	if (d != NULL)
		closedir(d);
	return found;
}

static bool serves_rather(const struct process *one, const struct process *best)
{
	if (best == NULL || (one->pid == 1) != (best->pid == 1))
		return best == NULL || best->pid == 1;
	return one->started != best->started ? one->started < best->started : one->pid < best->pid;
}

bool listener_owner(const struct listener *l, struct process *p)
{
	char thing[64];

	snprintf(thing, sizeof(thing), "socket:[%lu]", l->inode);
	return find(p, thing, serves_rather);
}

bool process_find(
    struct process *p, bool (*better)(const struct process *one, const struct process *best))
{
	return find(p, NULL, better);
}

bool process_is(const struct process *p, const char *name)
{
	const char *slash = strrchr(p->exe, '/');

	return slash != NULL && strcmp(slash + 1, name) == 0;
}

bool process_executes(const struct process *p, const char *program)
{
	char *real = p->exe[0] != '\0' ? realpath(program, NULL) : NULL;
	bool same = p->exe[0] == '\0' || strcmp(p->exe, real != NULL ? real : program) == 0;

	free(real);
	return same;
}
