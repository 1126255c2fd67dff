/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bijk-doctor/netlink.h"
#include "common/base/io.h"

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

bool listener_parse(struct listener *l, const char *line)
{
	char address[40];
	unsigned port, state;

	if (sscanf(line,
		" %*[0-9]: %39[0-9A-Fa-f]:%4x %*39[0-9A-Fa-f]:%*4x %2x %*s %*s %*s %*s %*s %lu",
		address, &port, &state, &l->inode) != 4 ||
	    state != LISTEN_STATE)
		return false;
	l->port = (uint16_t)port;
	l->six_only = false;
	return address_of(l->address, address);
}

struct found {
	struct listener *v;
	size_t n;
};

static void take_socket(const struct nlmsghdr *h, void *arg)
{
	const struct inet_diag_msg *m = NLMSG_DATA(h);
	const struct nlattr *v[INET_DIAG_SKV6ONLY + 1];
	struct found *f = arg;
	struct listener *l = &f->v[f->n];
	uint8_t only;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)) || f->n == LISTENERS_MAX ||
	    inet_ntop(m->idiag_family, m->id.idiag_src, l->address, SOCK_ADDR_MAX) == NULL)
		return;
	netlink_attributes(h, sizeof(*m), v, INET_DIAG_SKV6ONLY + 1);
	netlink_copy(v[INET_DIAG_SKV6ONLY], &only, sizeof(only));
	l->six_only = only != 0;
	l->port = ntohs(m->id.idiag_sport);
	l->inode = m->idiag_inode;
	f->n++;
}

/* Asked for these alone, the kernel does not go through its table of
 * connections, which may be long. -1: it cannot be asked so. */
static int ask_kernel(int fd, uint8_t family, struct found *f)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 ask;
	} r = { .header = { .nlmsg_len = sizeof(r),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.ask = { .sdiag_family = family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = 1u << LISTEN_STATE } };
	int error = -1;

	if (send(fd, &r, sizeof(r), 0) != sizeof(r))
		return -1;
	netlink_read(fd, take_socket, f, &error);
	return error == 0 ? 0 : -1;
}

/* Of a kernel without inet_diag. */
static void read_tables(struct found *f)
{
	static const char *const files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	char line[256];

	f->n = 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *t = fopen(files[i], "re");

		while (t != NULL && f->n < LISTENERS_MAX && fgets(line, sizeof(line), t) != NULL)
			f->n += listener_parse(&f->v[f->n], line);
		if (t != NULL)
			fclose(t);
	}
}

size_t listeners(struct listener v[LISTENERS_MAX])
{
	struct found f = { .v = v };
	int fd = netlink_open(NETLINK_SOCK_DIAG);

	/* A kernel without IPv6 has none of its sockets. */
	if (fd == -1 || ask_kernel(fd, AF_INET, &f) == -1 ||
	    (ask_kernel(fd, AF_INET6, &f) == -1 && access("/proc/net/tcp6", F_OK) == 0))
		read_tables(&f);
	close_fd(fd);
	return f.n;
}

bool address_is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

bool listener_takes(const struct listener *l, const char *address, uint16_t port)
{
	bool v6 = strchr(address, ':') != NULL;

	return l->port == port &&
	    (strcmp(l->address, address) == 0 || (!v6 && strcmp(l->address, "0.0.0.0") == 0) ||
		(strcmp(l->address, "::") == 0 && (v6 || !l->six_only)));
}

/* --- What runs --- */

static size_t read_small(int dir, const char *name, char *out, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? 0 : read_full(fd, out, size - 1);

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

/* `own`: its directory in /proc. */
static bool look(int own, struct process *p)
{
	static const char gone[] = " (deleted)";
	struct stat st, ours, its;
	char stat_line[1024];
	ssize_t n;

	if (fstat(own, &st) == -1 || read_small(own, "stat", stat_line, sizeof(stat_line)) == 0)
		return false;
	p->pid = (pid_t)strtol(stat_line, NULL, 10);
	p->started = start_of(stat_line);
	p->roots = st.st_uid == 0;
	/* Another's namespace cannot be read without rights: then it counts as
	 * ours. */
	p->here = stat("/proc/self/ns/mnt", &ours) == -1 || fstatat(own, "ns/mnt", &its, 0) == -1 ||
	    ours.st_ino == its.st_ino;
	p->argv_len = read_small(own, "cmdline", p->argv, sizeof(p->argv));
	/* The program of a process that outlives its replacement ends so. */
	n = readlinkat(own, "exe", p->exe, sizeof(p->exe) - 1);
	if (n > (ssize_t)strlen(gone) &&
	    strncmp(p->exe + n - strlen(gone), gone, strlen(gone)) == 0)
		n -= (ssize_t)strlen(gone);
	p->exe[n > 0 ? n : 0] = '\0';
	return true;
}

bool process_next(DIR *proc, struct process *p)
{
	struct dirent *e;
	bool good = false;

	while (!good && (e = readdir(proc)) != NULL) {
		int own = e->d_name[0] >= '1' && e->d_name[0] <= '9'
		    ? openat(dirfd(proc), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC)
		    : -1;

		good = own != -1 && look(own, p);
		close_fd(own);
	}
	return good;
}

/* Does it hold this open ("socket:[17]")? */
static bool holds(int proc, pid_t pid, const char *thing)
{
	char path[64], to[64];
	struct dirent *e;
	bool found = false;
	int fd;
	DIR *d;

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
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

static bool serves_rather(const struct process *one, const struct process *best)
{
	if (best->pid == 0 || (one->pid == 1) != (best->pid == 1))
		return best->pid == 0 || best->pid == 1;
	return one->started != best->started ? one->started < best->started : one->pid < best->pid;
}

bool listener_owner(const struct listener *l, struct process *p)
{
	DIR *proc = opendir("/proc");
	struct process one;
	char thing[64];

	p->pid = 0;
	snprintf(thing, sizeof(thing), "socket:[%lu]", l->inode);
	while (proc != NULL && process_next(proc, &one)) {
		if (serves_rather(&one, p) && holds(dirfd(proc), one.pid, thing))
			*p = one;
	}
	if (proc != NULL)
		closedir(proc);
	return p->pid != 0;
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

bool process_may_start(const struct process *p, const char *program)
{
	static const char *const known[] = { "systemd", "init", "inetd", "xinetd", "busybox" };
	const char *name = strrchr(p->exe, '/');

	if (p->exe[0] == '\0' || memmem(p->argv, p->argv_len, program, strlen(program)) != NULL)
		return true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (name != NULL && strstr(name, known[i]) != NULL)
			return true;
	}
	return false;
}
