/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/play.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/copy.h"
#include "bijk-doctor/process.h"
#include "bijk-doctor/trace.h"
#include "common/base/child.h"
#include "common/base/io.h"
#include "common/base/owner.h"
#include "common/base/sock.h"

#include "common/base/banned.h"

#define SSHD "/usr/sbin/sshd"
#define SSHD_LOG COPY_DIR "/sshd.log"
#define SSHD_STDERR COPY_DIR "/sshd.err"
#define START_MS 2000	/* sshd listens by then */
#define DROPPED_MS 3000 /* after the first drop */
#define AGAIN_MS 900	/* TCP, ARP and IPv6 send anew after a second */
#define OUT_MS 5000	/* for who answers on the way out, which is us */

/* --- sshd --- */

static struct child sshd = CHILD_NONE;

void play_options(struct argv *a, const struct play *p)
{
	char copy[1024], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", p->options);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		argv_add(a, w);
}

static void sshd_command(struct argv *a, const struct play *p, const char *mode)
{
	argv_add(a, SSHD);
	argv_add(a, mode);
	argv_add(a, "-E");
	argv_add(a, SSHD_LOG);
	argv_option(a, "LogLevel", "VERBOSE");
	play_options(a, p);
}

static bool listens(const struct route *r)
{
	static struct listener v[LISTENERS_MAX];
	size_t n = listeners(v);

	for (size_t i = 0; i < n; i++) {
		if (listener_takes(&v[i], r->ours, r->port))
			return true;
	}
	return false;
}

static void wait_listens(const struct play *p)
{
	deadline_t d = deadline_in_ms(START_MS);

	/* To look is dear: the kernel goes through its table of all connections. */
	for (int ms = 20; !listens(&p->route) && child_wait(&sshd, deadline_in_ms(ms)) == 0 &&
	     !deadline_passed(d);
	     ms *= 2)
		;
}

/* What it says before it has its log goes to a file too. */
static void start_sshd(const struct play *p)
{
	struct argv a = { .n = 0 };

	argv_add(&a, "/bin/sh");
	argv_add(&a, "-c");
	argv_add(&a, "exec \"$@\" 2>>" SSHD_STDERR);
	argv_add(&a, "sh");
	sshd_command(&a, p, "-D");
	if (argv_done(&a) == NULL || child_start(&sshd, "/bin/sh", argv_done(&a), 0) == -1)
		return;
	wait_listens(p);
	argv_free(&a);
}

static bool sshd_ended(void)
{
	return sshd.pid <= 0 || child_wait(&sshd, deadline_in_ms(0)) == 1;
}

/* What an init system or a super-server does: a process for each connection. */
static void serve(int listener, char *const *argv, const struct passwd *user)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd != -1 && fork() == 0) {
			dup2(fd, 0);
			dup2(fd, 1);
			dup2(fd, 2);
			if (user == NULL ||
			    (initgroups(user->pw_name, user->pw_gid) == 0 &&
				setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0))
				execv(argv[0], argv);
			_exit(127);
		}
		close_fd(fd);
	}
}

static int listen_on(const char *address, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST },
			*list = NULL;
	char service[8];
	int fd = -1, one = 1;

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(address, service, &hints, &list) != 0)
		return -1;
	fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1 ||
		bind(fd, list->ai_addr, list->ai_addrlen) == -1 || listen(fd, 16) == -1)) {
		close_fd(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	return fd;
}

void play_serve(const char *address, uint16_t port, struct argv *a, const char *user)
{
	int fd = listen_on(address, port);

	if (fd != -1 && argv_done(a) != NULL && fork() == 0)
		serve(fd, argv_done(a), user != NULL ? getpwnam(user) : NULL);
	close_fd(fd);
	argv_free(a);
}

static void start_super_server(const struct play *p)
{
	struct argv a = { .n = 0 };

	sshd_command(&a, p, "-i");
	play_serve(p->route.ours, p->route.port, &a, NULL);
}

void play_say(struct play *p, const struct copy *c)
{
	sleep_ms(50); /* the last words of who is about to end */
	attempt_say_file(&p->attempt, SSHD_LOG);
	copy_logged(c, p->attempt.said, sizeof(p->attempt.said));
}

/* --- Patience --- */

/* What was dropped, and again when it was sent anew, will be dropped. */
bool play_is_over(struct patience *p)
{
	unsigned drops = trace_drops(p->trace);
	int64_t now = monotonic_ms();

	if (drops > p->drops && p->first == 0) {
		p->first = now;
		p->end = deadline_earlier(p->end, now + DROPPED_MS);
	} else if (drops > p->drops && now >= p->first + AGAIN_MS) {
		p->end = now;
	}
	p->drops = drops;
	return deadline_passed(p->end);
}

void play_worker(struct trace *t, int (*work)(void *arg), void *arg)
{
	struct patience p = { .trace = t, .end = deadline_in_ms(2 * PATIENCE_MS) };
	struct child c;

	if (worker_start(&c, work, arg, 0) == -1)
		return;
	while (child_wait(&c, deadline_in_ms(20)) == 0 && !play_is_over(&p))
		;
	child_end(&c, 0);
}

/* --- The way out --- */

/* Where the part connects to. */
static uint16_t port_of(const struct play *p)
{
	if (p->part == PART_SSH)
		return p->ssh_port;
	return p->part == PART_REGISTER || p->part == PART_JOIN ? p->register_port : p->route.port;
}

/* As ssh does. All of it is to come back: some rules look at what is said, and
 * how long it is. */
static int talk_as_owner(void *arg)
{
	struct play *p = arg;
	struct attempt *a = &p->attempt;
	char words[4096] = "SSH-2.0-OpenSSH_9.2\r\n", answer[sizeof(words)];
	const char *why;
	struct pollfd v = { .events = POLLIN };
	ssize_t n, all = 0;

	a->reached = STAGE_CONNECT;
	if (owner_become(p->state) == -1)
		return 1;
	v.fd = sock_connect(p->route.peer, port_of(p), deadline_in_ms(PATIENCE_MS), &why);
	snprintf(a->said, sizeof(a->said), "%s port %u: %s\n", p->route.peer, (unsigned)port_of(p),
	    v.fd == -1 ? strerror(errno) : "connected, and then no answer");
	if (v.fd == -1)
		return 1;
	a->reached = STAGE_BANNER;
	write_full(v.fd, words, sizeof(words));
	while (all < (ssize_t)sizeof(words) && poll(&v, 1, OUT_MS) == 1 &&
	    (n = read(v.fd, answer, sizeof(answer))) > 0)
		all += n;
	if (all == sizeof(words))
		a->reached = STAGE_DONE;
	return 0;
}

static void go_out(struct play *p, const struct copy *c, struct trace *trace)
{
	struct attempt *a = &p->attempt;
	struct argv echo = { .n = 0 };

	argv_add(&echo, "/bin/cat");
	copy_there(c);
	play_serve(p->route.peer, port_of(p), &echo, NULL);
	copy_here(c);
	if (c->local)
		a->reached = STAGE_DONE; /* what listens there is this machine's */
	else
		play_worker(trace, talk_as_owner, p);
	if (a->reached != STAGE_DONE)
		a->dropped = trace_end(trace, &a->drop);
}

/* --- All of it --- */

/* Those from number `from` on; then sshd is as they want it. */
static void run_fixes(const struct play *p, size_t from)
{
	for (size_t i = from; i < p->fixes; i++)
		copy_shell(p->fix[i]);
	if (p->server != SERVER_SOCKET &&
	    (unlink(COPY_AGAIN) == 0 || (p->server == SERVER_SSHD && sshd_ended()))) {
		child_end(&sshd, 1000);
		if (truncate(SSHD_LOG, 0) == 0 && truncate(SSHD_STDERR, 0) == 0)
			errno = 0;
		start_sshd(p);
	} else if (p->fixes > 0) {
		wait_listens(p);
	}
}

static void prepare(struct play *p)
{
	if (p->master)
		play_master(p);
	/* What starts sshd makes it. */
	if (p->server != SERVER_SSHD)
		mkdir("/run/sshd", 0755);
	else
		start_sshd(p);
	if (p->server == SERVER_SOCKET)
		start_super_server(p);
	run_fixes(p, 0);
	if (!p->master && p->route.port != 0)
		play_key(p);
}

/* Found behind the attempt, for what is redirected to sshd needs no listener. A
 * socket of IPv6 may refuse IPv4. What does not run may not be able to. */
static void nobody_listens(struct play *p)
{
	struct attempt *a = &p->attempt;

	p->listens = listens(&p->route);
	if (a->reached != STAGE_CONNECT || (a->dropped && a->drop.deed != CHANGES) ||
	    (p->listens && strstr(a->said, "Connection refused") == NULL))
		return;
	a->reached = STAGE_START;
	if (p->server != SERVER_NONE)
		return;
	a->said[0] = '\0';
	if (copy_shell(SSHD " -t 2>" SSHD_STDERR) != 0)
		attempt_say_file(a, SSHD_STDERR);
}

static void part(struct play *p, const struct copy *c, struct trace *t)
{
	const bool out = p->part == PART_SSH || p->part == PART_REGISTER;

	copy_logged(c, p->attempt.said, sizeof(p->attempt.said)); /* of the part before */
	p->attempt = (struct attempt){ .reached = STAGE_START };
	trace_attempt(t, out, port_of(p));
	if (p->part == PART_JOIN) {
		play_node(p, c, t);
	} else if (p->part == PART_PUSH) {
		play_node(p, c, t);
		nobody_listens(p);
	} else if (out) {
		go_out(p, c, t);
	} else if (p->server != SERVER_SSHD || !sshd_ended() || listens(&p->route)) {
		play_login(p, c, t);
		nobody_listens(p);
	} else {
		attempt_say_file(&p->attempt, SSHD_STDERR);
		play_say(p, c);
	}
}

static bool left_out(const struct play *p)
{
	if (p->part == PART_JOIN || p->part == PART_PUSH)
		return !p->master;
	return (p->part == PART_SSH && p->ssh_port == 0) ||
	    (p->part == PART_REGISTER && p->register_port == 0) ||
	    (p->part == PART_LOGIN && (p->master || p->route.port == 0));
}

/* The first time from the beginning; then the last fix is new, and what came
 * before the part is done. */
static int play_in_copy(void *arg)
{
	static struct copy c;
	static struct trace *t;
	struct play *p = arg;

	if (t != NULL) {
		run_fixes(p, p->fixes - 1);
	} else {
		if (copy_make(&c, &p->route, p->state, p->why) == -1)
			return 1;
		snprintf(p->lost, sizeof(p->lost), "%s", c.lost);
		prepare(p);
		t = trace_begin(&c);
	}
	for (; p->part < PARTS; p->part++) {
		if (left_out(p))
			continue;
		part(p, &c, t);
		if (p->attempt.reached != STAGE_DONE)
			break;
	}
	return 0;
}

/* What came of the play in the copy that is there. */
static struct play last;

static bool goes_on(const struct play *p)
{
	return last.attempt.dropped && last.attempt.reached == STAGE_CONNECT &&
	    p->part == last.part && p->fixes == last.fixes + 1 &&
	    memcmp(p->fix, last.fix, last.fixes * sizeof(last.fix[0])) == 0 &&
	    memcmp(&p->route, &last.route, sizeof(last.route)) == 0;
}

/* Is it through, or was it the same rule? Whatever else stops the same part may
 * count what comes. */
static bool is_clear(const struct play *p)
{
	const struct drop *was = &last.attempt.drop, *is = &p->attempt.drop;

	return p->part > last.part ||
	    (p->attempt.dropped && strcmp(was->family, is->family) == 0 &&
		strcmp(was->table, is->table) == 0 && strcmp(was->chain, is->chain) == 0 &&
		strcmp(was->rule, is->rule) == 0);
}

bool play(struct play *p)
{
	bool good = goes_on(p) && copy_again(PLAY_SECONDS, p->why) && is_clear(p);

	if (!good) {
		p->why[0] = p->lost[0] = '\0';
		p->part = PART_LOGIN;
		good = copy_live(play_in_copy, p, PLAY_SECONDS, p->why) && p->why[0] == '\0';
	}
	last = *p;
	last.attempt.dropped &= good;
	return good;
}

void play_end(void)
{
	copy_end();
	last.attempt.dropped = false;
}
