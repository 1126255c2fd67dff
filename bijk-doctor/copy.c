/* SPDX-License-Identifier: ISC */
/* The life of a copy, and its files; its network is in copy_net.c. */
#include "bijk-doctor/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "common/base/child.h"
#include "common/base/io.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define ROOM 512
#define RESOLVE_SECONDS 3
#define NR_MOUNT_SETATTR 442 /* on all architectures */
#define MOUNT_RDONLY 1
#define WHOLE_TREE 0x8000
#define FIX_SECONDS 30
#define END_MS 500
#define DEVICES (sizeof(devices) / sizeof(devices[0]))

static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty" };

/* --- Its life --- */

/* Of the copy that is there; talk: a byte each way for each piece of work. */
static struct life {
	int (*work)(void *arg);
	void *arg;
	int talk, inside;
	struct child child;
} life = { .talk = -1, .child = CHILD_NONE };

_Noreturn static void work_inside(const struct life *l)
{
	char byte = 0;

	do
		l->work(l->arg);
	while (write_full(l->inside, &byte, 1) == 0 && read_full(l->inside, &byte, 1) == 1);
	_exit(0);
}

static int live(void *arg)
{
	const struct life *l = arg;
	int status, alive[2];
	pid_t pid;

	close(l->talk);
	if (pipe2(alive, O_CLOEXEC) == -1 ||
	    unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS) == -1)
		return 100;
	pid = fork();
	if (pid == 0) {
		char none;

		/* The kernel ends all of a copy with its process 1. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(alive[1]);
		if (set_nonblocking(alive[0]) == -1 || read(alive[0], &none, 1) != -1)
			_exit(101);
		work_inside(l);
	}
	close(l->inside);
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return 102;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 103;
}

/* For the byte that says that the work is done. */
static bool wait_for_work(unsigned seconds, char why[256])
{
	char byte;
	int ready = wait_fd(life.talk, POLLIN, deadline_in_s(seconds)), rc;

	if (ready == 1 && read_full(life.talk, &byte, 1) == 1)
		return true;
	if (ready == 1)
		child_wait(&life.child, deadline_in_s(1));
	rc = ready == 1 && life.child.ended ? child_exit_code(&life.child) : -1;
	copy_end();
	if (rc == 100)
		snprintf(why, 256, "this machine gives no namespaces");
	else if (ready == 0)
		snprintf(why, 256, "it took more than %u s", seconds);
	else
		snprintf(why, 256, "its process ended with %d", rc);
	return false;
}

bool copy_live(int (*work)(void *arg), void *arg, unsigned seconds, char why[256])
{
	int pair[2];

	copy_end();
	copy_net_keep();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		snprintf(why, 256, "%s", strerror(errno));
		return false;
	}
	life = (struct life){ .work = work, .arg = arg, .talk = pair[0], .inside = pair[1] };
	worker_start(&life.child, live, &life, 0);
	close(pair[1]);
	return wait_for_work(seconds, why);
}

bool copy_again(unsigned seconds, char why[256])
{
	return write_full(life.talk, "", 1) == 0 && wait_for_work(seconds, why);
}

void copy_end(void)
{
	close_fd(life.talk);
	life.talk = -1;
	/* It sees that, and ends. */
	child_wait(&life.child, deadline_in_ms(END_MS));
	child_end(&life.child, 0);
}

/* --- Its files --- */

static int fail_at(char why[256], const char *what)
{
	snprintf(why, 256, "%s: %s", what, strerror(errno));
	return -1;
}

/* What /proc/self/mountinfo calls the mounts right below these directories is
 * put over the overlay again: files as copies, which a fix may edit. */
struct below {
	int fd;
	char path[ROOM];
};
#define BELOW_MAX 64

static size_t find_below(struct below v[BELOW_MAX], const char *dir)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], path[ROOM];
	size_t n = 0, len = strlen(dir);

	while (f != NULL && n < BELOW_MAX && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%*s %*s %*s %*s %511s", path) != 1 ||
		    strchr(path, '\\') != NULL || strncmp(path, dir, len) != 0 || path[len] != '/')
			continue;
		v[n].fd = open(path, O_PATH | O_CLOEXEC);
		snprintf(v[n].path, ROOM, "%s", path);
		n += v[n].fd != -1;
	}
	if (f != NULL)
		fclose(f);
	return n;
}

static void put_back(const struct below *b)
{
	char from[64];
	struct stat st;

	snprintf(from, sizeof(from), "/proc/1/fd/%d", b->fd);
	if (fstat(b->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		struct answer a;

		ask(&a, (const char *const[]){ "/bin/cp", "-p", from, b->path, NULL });
		answer_free(&a);
	} else {
		mount(from, b->path, NULL, MS_BIND, NULL);
	}
	close(b->fd);
}

int copy_overlay(const char *dir, char why[256])
{
	static int number;
	static struct below below[BELOW_MAX];
	char options[256], up[64], work[64];
	struct stat st;
	size_t n = find_below(below, dir);
	int rc = 0, lower = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (lower == -1)
		return errno == ENOENT ? 0 : fail_at(why, dir);
	/* The top of an overlay is what its upper directory is. */
	snprintf(up, sizeof(up), COPY_DIR "/up%d", ++number);
	snprintf(work, sizeof(work), COPY_DIR "/work%d", number);
	if (fstat(lower, &st) == -1 || mkdir(up, 0700) == -1 || mkdir(work, 0700) == -1 ||
	    chown(up, st.st_uid, st.st_gid) == -1 || chmod(up, st.st_mode & 07777) == -1)
		rc = -1;
	snprintf(options, sizeof(options), "lowerdir=/proc/1/fd/%d,upperdir=%s,workdir=%s", lower,
	    up, work);
	if (rc == -1 || mount("overlay", dir, "overlay", 0, options) == -1)
		rc = fail_at(why, dir);
	close(lower);
	if (rc == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		put_back(&below[i]);
	return 0;
}

static int listen_for_syslog(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd == -1 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) == -1 ||
	    chmod(path, 0666) == -1) {
		close_fd(fd);
		return -1;
	}
	return fd;
}

/* A /dev with what a login needs, and a syslog of ours. */
static int make_dev(struct copy *c, char why[256])
{
	int fd[DEVICES];
	char from[64], to[64];

	for (size_t i = 0; i < DEVICES; i++) {
		snprintf(from, sizeof(from), "/dev/%s", devices[i]);
		fd[i] = open(from, O_PATH | O_CLOEXEC);
	}
	if (mount("dev", "/dev", "tmpfs", MS_NOSUID, "mode=755,size=1m") == -1)
		return fail_at(why, "/dev");
	for (size_t i = 0; i < DEVICES; i++) {
		snprintf(from, sizeof(from), "/proc/1/fd/%d", fd[i]);
		snprintf(to, sizeof(to), "/dev/%s", devices[i]);
		close_fd(open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
		if (mount(from, to, NULL, MS_BIND, NULL) == -1)
			return fail_at(why, to);
		close_fd(fd[i]);
	}
	mkdir("/dev/pts", 0755);
	mkdir("/dev/shm", 01777);
	mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=620");
	if (symlink("pts/ptmx", "/dev/ptmx") == -1 || symlink("/proc/self/fd", "/dev/fd") == -1)
		return fail_at(why, "/dev");
	c->syslog = listen_for_syslog("/dev/log");
	return c->syslog == -1 ? fail_at(why, "/dev/log") : 0;
}

/* A /run without the sockets of this machine's services: none of them is to
 * hear of the copy. What bars logins stays, and where Debian's sshd confines
 * itself. */
static int make_run(char why[256])
{
	int old = open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char line[256];

	if (old == -1 || mount("run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") == -1)
		return fail_at(why, "/run");
	mkdir("/run/lock", 0755);
	mkdir("/run/netns", 0755);
	snprintf(line, sizeof(line),
	    "cd /proc/1/fd/%d && for f in nologin faillock sshd; do [ ! -e $f ] || cp -a $f /run/; "
	    "done",
	    old);
	copy_shell(line);
	close(old);
	return 0;
}

/* --- Names --- */

struct names {
	char address[SOCK_ADDR_MAX], name[256];
};

static int look_up(void *arg)
{
	struct names *n = arg;
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *list;

	if (getaddrinfo(n->address, NULL, &hints, &list) != 0 ||
	    getnameinfo(list->ai_addr, list->ai_addrlen, n->name, sizeof(n->name), NULL, 0,
		NI_NAMEREQD) != 0)
		n->name[0] = '\0';
	return 0;
}

/* What this machine's resolver says of the peer, which sshd and libwrap may ask
 * for; in the copy none can be reached. */
static struct names *look_up_peer(const char *address)
{
	struct names *n = worker_memory(sizeof(*n));

	if (n != NULL) {
		snprintf(n->address, sizeof(n->address), "%s", address);
		worker_run(look_up, n, RESOLVE_SECONDS);
	}
	return n;
}

static void make_names(const struct names *n)
{
	static const char resolv[] = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
	FILE *f;

	unlink("/etc/resolv.conf");
	f = fopen("/etc/resolv.conf", "we");
	if (f != NULL) {
		fputs(resolv, f);
		fclose(f);
	}
	f = n != NULL && n->name[0] != '\0' ? fopen("/etc/hosts", "ae") : NULL;
	if (f != NULL) {
		fprintf(f, "\n%s %s\n", n->address, n->name);
		fclose(f);
	}
}

/* In the copy no init system runs: what tells it to start or reload sshd tells
 * us. */
static void make_stubs(void)
{
	static const char *const programs[] = { "/usr/bin/systemctl", "/bin/systemctl",
		"/usr/sbin/service", "/sbin/service", "/sbin/rc-service", "/sbin/rc-update", NULL };
	static const char text[] = "#!/bin/sh\n: >" COPY_AGAIN "\n";
	int fd = open(COPY_DIR "/stub", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);

	if (fd == -1 || write_full(fd, text, sizeof(text) - 1) == -1)
		return;
	close(fd);
	for (size_t i = 0; programs[i] != NULL; i++) {
		char *real = realpath(programs[i], NULL);

		if (real != NULL)
			mount(COPY_DIR "/stub", real, NULL, MS_BIND, NULL);
		free(real);
	}
}

/* As of linux/mount.h; neither old headers nor old libcs have it. */
static int make_read_only(const char *tree)
{
	const struct {
		uint64_t set, clear, propagation, namespace;
	} attr = { .set = MOUNT_RDONLY };

	return (int)syscall(NR_MOUNT_SETATTR, AT_FDCWD, tree, WHOLE_TREE, &attr, sizeof(attr));
}

static int make_files(struct copy *c, const char *home, char why[256])
{
	const struct names *names = look_up_peer(c->route->peer);

	umask(022);
	if (mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return fail_at(why, "/");
	if (make_read_only("/") == -1)
		return fail_at(why, "mounting everything read-only (Linux 5.12)");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == -1)
		return fail_at(why, "/proc");
	if (mount("tmp", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == -1 ||
	    mkdir(COPY_DIR, 0755) == -1)
		return fail_at(why, "/tmp");
	if (make_run(why) == -1 || make_dev(c, why) == -1)
		return -1;
	/* A fix may make a program of ours executable again. */
	if (copy_overlay("/etc", why) == -1 || copy_overlay(BIJK_PREFIX "/sbin", why) == -1 ||
	    copy_overlay("/var/log", why) == -1 || copy_overlay(home, why) == -1)
		return -1;
	if (strcmp(home, c->route->home) != 0 && c->route->home[0] == '/' &&
	    strcmp(c->route->home, "/") != 0 && copy_overlay(c->route->home, why) == -1)
		return -1;
	make_stubs();
	make_names(names);
	return 0;
}

int copy_make(struct copy *c, struct route *route, const char *home, char why[256])
{
	*c = (struct copy){ .route = route, .here = -1, .there = -1, .syslog = -1 };
	if (copy_net_look(c, why) == -1 || make_files(c, home, why) == -1)
		return -1;
	return copy_net_make(c, why);
}

/* --- Work in it --- */

void copy_there(const struct copy *c)
{
	setns(c->there, CLONE_NEWNET);
}

void copy_here(const struct copy *c)
{
	setns(c->here, CLONE_NEWNET);
}

int copy_shell(const char *line)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	struct answer a;
	int rc = ask_for(&a, argv, FIX_SECONDS) == 0 ? a.code : -1;

	answer_free(&a);
	return rc;
}

/* "<86>Nov 30 10:00:00 sshd[7]: text" */
static const char *without_date(const char *line)
{
	const char *end = line[0] == '<' ? strchr(line, '>') : NULL;

	if (end == NULL)
		return line;
	return strlen(end + 1) > 16 && end[16] == ' ' ? end + 17 : end + 1;
}

void copy_logged(const struct copy *c, char *said, size_t size)
{
	char line[2048], seen[2048];
	ssize_t n;

	while ((n = recv(c->syslog, line, sizeof(line) - 1, MSG_DONTWAIT)) > 0) {
		size_t used = strlen(said);
		const char *text;

		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\0'))
			n--;
		line[n] = '\0';
		text = without_date(line);
		vis(seen, sizeof(seen), text, strlen(text));
		if (used + strlen(seen) + 2 < size)
			snprintf(said + used, size - used, "%s\n", seen);
	}
}
