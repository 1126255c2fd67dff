/* SPDX-License-Identifier: ISC */
/*
 * Listens for a program that answers one connection (bijk-listen(8)). systemd
 * or inetd usually holds the listening socket, starts us when a connection
 * waits, and looks at it again when we have ended. A connection that was not
 * accepted is safe there, so nothing is accepted that cannot be served now, and
 * we end only when nobody is served.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/sandbox.h"
#include "common/base/sock.h"
#include "common/base/start.h"
#include "common/options.h"

#include "common/base/banned.h"

#define SOCKETS_MAX 16
#define SERVED_MAX 10000
#define SERVED_DEFAULT 256
#define IDLE_MAX 86400
#define REFUSALS_MAX 256
#define PAUSE_MS 100 /* until what the system lacked is asked for again */
#define MINUTE 60
#define FIRST_PASSED 3 /* as sd_listen_fds(3) counts */

static const struct option longs[] = { { "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },
	{ "syslog", no_argument, NULL, OPTION_SYSLOG }, { 0 } };

/* An IPv4 address as IPv6 has it, the network of an IPv6 address; or zeros. */
struct source {
	uint8_t bytes[16];
};

struct served {
	pid_t pid;
	struct source source;
};

/* What is said once a minute. */
struct minute {
	deadline_t end; /* 0: nothing was said */
	unsigned more;	/* passed over since */
};

struct refusal {
	struct source source;
	struct minute minute;
};

struct listener {
	struct pollfd sockets[SOCKETS_MAX];
	nfds_t n_sockets;
	const char *bound; /* -b; NULL: the sockets were passed to us */
	char *const *program;
	uint64_t max, per_source; /* per_source: 0: no limit */
	int64_t idle;		  /* in seconds; -1: it stays */
	struct served *served;
	size_t n_served;
	/* Accepted, and its program could not be started yet; -1: none. */
	int waiting;
	struct source waiting_source;
	deadline_t pause; /* nothing is accepted or started before */
	struct minute trouble, killed;
	struct refusal refusals[REFUSALS_MAX];
};

static volatile sig_atomic_t asked_to_end;
static sigset_t awake; /* the signal mask of a wait, and of the programs */

/* --- What it says --- */

/* Is there to be a line now? *more: how many there were since the last. */
static bool minute_says(struct minute *m, unsigned *more)
{
	if (m->end != 0 && !deadline_passed(m->end)) {
		m->more++;
		return false;
	}
	*more = m->more;
	*m = (struct minute){ .end = deadline_in_s(MINUTE) };
	return true;
}

__attribute__((format(printf, 2, 3))) static void say_once(struct minute *m, const char *fmt, ...)
{
	char text[512], since[64] = "";
	unsigned more;
	va_list ap;

	if (!minute_says(m, &more))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (more > 0)
		snprintf(since, sizeof(since), " (%u more since the last such line)", more);
	msg_warn("%s%s", text, since);
}

/*
 * A source needs PER_SOURCE connections to get a slot here. With as many slots
 * in use as there are, another one is refused without a line.
 */
static struct minute *refusal_of(struct listener *l, const struct source *s)
{
	struct refusal *unused = NULL;

	for (size_t i = 0; i < REFUSALS_MAX; i++) {
		struct refusal *r = &l->refusals[i];

		if (memcmp(&r->source, s, sizeof(*s)) == 0)
			return &r->minute;
		if (deadline_passed(r->minute.end))
			unused = r;
	}
	if (unused == NULL)
		return NULL;
	*unused = (struct refusal){ .source = *s };
	return &unused->minute;
}

/* --- The sockets --- */

/* The owner of what listens on the port: the line in cron finds its own. */
static bool listens_already(uint16_t port)
{
	static const char *const files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	unsigned at, state, uid;
	char line[512];
	bool found = false;

	for (size_t i = 0; i < 2 && !found; i++) {
		FILE *f = fopen(files[i], "re");

		while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
			found = sscanf(line,
				    "%*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %u",
				    &at, &state, &uid) == 3 &&
			    at == port && state == TCP_LISTEN && uid == geteuid();
		if (f != NULL)
			fclose(f);
	}
	return found;
}

/* "*": both families where both are there. -1: errno. */
static int bind_address(const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *a;
	char service[8];
	int fd, on = 1, off = 0;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &a) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (a->ai_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		if (bind(fd, a->ai_addr, a->ai_addrlen) == -1) {
			close_fd(fd);
			fd = -1;
		}
	}
	freeaddrinfo(a);
	return fd;
}

static void add_socket(struct listener *l, int fd)
{
	int on = 1;

	/* What is accepted inherits these two; a local socket has neither. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* Also where it listens already: inetd's queue is short. */
	if (listen(fd, SOMAXCONN) == -1 || set_nonblocking(fd) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		die(EX_OSERR, "descriptor %d: %s", fd, strerror(errno));
	l->sockets[l->n_sockets++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

/* Exits: 0 if another one of ours is there. */
static void bind_or_exit(struct listener *l, const struct options *o)
{
	char host[SOCK_ADDR_MAX];
	uint16_t port;
	int fd;

	if (!hostaddr_split(l->bound, host, sizeof(host), &port))
		usage_error(o, "-b %s: not ADDRESS:PORT, [ADDRESS]:PORT or *:PORT", l->bound);
	fd = bind_address(strcmp(host, "*") == 0 ? "::" : host, port);
	if (fd == -1 && errno == EAFNOSUPPORT && strcmp(host, "*") == 0)
		fd = bind_address("0.0.0.0", port);
	if (fd == -1 && errno == EADDRINUSE) {
		if (listens_already(port))
			exit(0);
		die(EX_OSERR, "port %u is taken; ss -anp 'sport = :%u' shows by whom", port, port);
	}
	if (fd == -1)
		die(EX_OSERR, "listening on %s: %s", l->bound, strerror(errno));
	add_socket(l, fd);
}

static bool is_listening(int fd)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening != 0;
}

static void take_passed_or_die(struct listener *l, const struct options *o)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t to, n = 0;

	if (pid == NULL || fds == NULL || num_parse(pid, 1, INT32_MAX, &to) == -1 ||
	    to != (uint64_t)getpid() || num_parse(fds, 1, SOCKETS_MAX, &n) == -1)
		n = 0;
	for (int fd = FIRST_PASSED; fd < FIRST_PASSED + (int)n; fd++) {
		if (!is_listening(fd))
			die(EX_USAGE, "descriptor %d is no listening socket: Accept=no?", fd);
		add_socket(l, fd);
	}
	if (n == 0 && is_listening(STDIN_FILENO))
		add_socket(l, STDIN_FILENO);
	if (l->n_sockets == 0)
		usage_error(o, "no listening socket was passed, and there is no -b");
}

/* --- The programs --- */

static struct source source_from(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;
	struct source s = { { 0 } };

	if (ss->ss_family == AF_INET) {
		s.bytes[10] = s.bytes[11] = 0xff;
		memcpy(s.bytes + 12, &v4->sin_addr, 4);
	} else if (ss->ss_family == AF_INET6) {
		memcpy(s.bytes, &v6->sin6_addr, IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) ? 16 : 8);
	}
	return s;
}

static bool over_its_limit(const struct listener *l, const struct source *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < l->n_served; i++)
		n += memcmp(&l->served[i].source, s, sizeof(*s)) == 0;
	return l->per_source != 0 && n >= l->per_source;
}

/* 0, or an errno. */
static int start_program(const struct listener *l, int connection, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t ignored;
	int rc = posix_spawn_file_actions_init(&files);

	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&how);
	if (rc != 0)
		goto out;
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	sigaddset(&ignored, SIGXFSZ);
	posix_spawnattr_setsigdefault(&how, &ignored);
	posix_spawnattr_setsigmask(&how, &awake);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn_file_actions_adddup2(&files, connection, STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&files, connection, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn(pid, l->program[0], &files, &how, l->program, environ);
	posix_spawnattr_destroy(&how);
out:
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* One whose program cannot be started is kept, and no other is accepted. */
static void serve(struct listener *l, int connection, const struct source *s)
{
	pid_t pid;
	int rc = start_program(l, connection, &pid);

	if (rc != 0) {
		say_once(&l->trouble, "starting %s: %s; connections wait until it can be started",
		    l->program[0], strerror(rc));
		l->waiting = connection;
		l->waiting_source = *s;
		l->pause = deadline_in_ms(PAUSE_MS);
		return;
	}
	close(connection);
	l->waiting = -1;
	l->served[l->n_served++] = (struct served){ pid, *s };
}

static void note_end(struct listener *l, pid_t pid, int status)
{
	for (size_t i = 0; i < l->n_served; i++) {
		if (l->served[i].pid != pid)
			continue;
		l->served[i] = l->served[--l->n_served];
		if (WIFSIGNALED(status))
			say_once(&l->killed, "%s was ended by signal %d", l->program[0],
			    WTERMSIG(status));
		return;
	}
}

static void reap(struct listener *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		note_end(l, pid, status);
}

/* --- The loop --- */

static void refuse_source(struct listener *l, int connection, const struct source *s)
{
	struct minute *m = refusal_of(l, s);
	char peer[SOCK_ADDR_MAX];

	if (m != NULL && sock_peer(connection, peer) == 0)
		say_once(m, "connection from %s: refused: %llu are in progress", peer,
		    (unsigned long long)l->per_source);
	close(connection);
}

static void accept_one(struct listener *l, int fd)
{
	struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(from);
	int connection = accept4(fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);
	struct source s = source_from(&from);

	if (connection == -1) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return;
		say_once(&l->trouble, "accepting a connection: %s", strerror(errno));
		l->pause = deadline_in_ms(PAUSE_MS);
		return;
	}
	reap(l);
	if (from.ss_family != AF_UNIX && over_its_limit(l, &s))
		refuse_source(l, connection, &s);
	else
		serve(l, connection, &s);
}

/* No other listener can serve it: it was accepted. The node tries again. */
static void close_waiting(const struct listener *l)
{
	char peer[SOCK_ADDR_MAX];

	if (l->waiting != -1 && sock_peer(l->waiting, peer) == 0)
		msg_warn("ended by a signal: the connection from %s, for which %s could not be "
			 "started, is closed",
		    peer, l->program[0]);
}

static void listen_for(struct listener *l)
{
	deadline_t end = deadline_in_ms(l->idle * 1000);

	while (!asked_to_end) {
		bool paused = !deadline_passed(l->pause);
		bool busy = l->waiting != -1 || l->n_served > 0;
		nfds_t n = paused || l->waiting != -1 || l->n_served >= l->max ? 0 : l->n_sockets;
		deadline_t until = paused ? l->pause : busy || l->idle == -1 ? DEADLINE_NEVER : end;
		int ms = deadline_poll_ms(until), ready;
		struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

		ready = ppoll(l->sockets, n, ms == -1 ? NULL : &t, &awake);
		reap(l);
		for (nfds_t i = 0; i < n && ready > 0; i++) {
			if (l->sockets[i].revents != 0 && l->waiting == -1 && l->n_served < l->max)
				accept_one(l, l->sockets[i].fd);
		}
		if (l->waiting != -1 && deadline_passed(l->pause))
			serve(l, l->waiting, &l->waiting_source);
		if (busy || ready > 0)
			end = deadline_in_ms(l->idle * 1000);
		else if (l->idle != -1 && !paused && ready == 0)
			return;
	}
	close_waiting(l);
}

static void note_signal(int sig)
{
	if (sig != SIGCHLD)
		asked_to_end = 1;
}

/* From here on they come while we wait, and at no other time. */
static void catch_signals(void)
{
	static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };
	struct sigaction a = { .sa_handler = note_signal };
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], &a, NULL);
		sigaddset(&held, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &held, &awake);
}

static uint64_t number_or_die(const struct options *o, int option, uint64_t min, uint64_t max)
{
	uint64_t n;

	if (num_parse(optarg, min, max, &n) == -1)
		usage_error(o, "-%c %s: not a number from %llu to %llu", option, optarg,
		    (unsigned long long)min, (unsigned long long)max);
	return n;
}

static void parse_listen_options(int argc, char **argv, struct options *o, struct listener *l)
{
	int c;

	while ((c = options_next(argc, argv, "+:b:c:i:s:vhV", longs, o)) != -1) {
		switch (c) {
		case 'b': l->bound = optarg; break;
		case 'c': l->max = number_or_die(o, c, 1, SERVED_MAX); break;
		case 'i': l->idle = (int64_t)number_or_die(o, c, 0, IDLE_MAX); break;
		case 's': l->per_source = number_or_die(o, c, 1, SERVED_MAX); break;
		default: break;
		}
	}
	if (optind == argc)
		usage_error(o, "no program is given");
	if (l->bound != NULL && l->idle != -1)
		usage_error(o, "-i with -b would close the port");
	l->program = argv + optind;
}

int main(int argc, char **argv)
{
	struct options o = { .usage = "bijk-listen [-hVv] [-b ADDRESS:PORT] [-c MAX] [-i IDLE] "
				      "[-s PER_SOURCE] [--syslog] PROGRAM [ARG...]" };
	static struct listener l = { .max = SERVED_DEFAULT, .waiting = -1, .idle = -1 };
	const char *part;

	start_process(argc > 0 ? argv[0] : "bijk-listen");
	start_guard_stderr();
	parse_listen_options(argc, argv, &o, &l);
	l.served = calloc((size_t)l.max, sizeof(*l.served));
	if (l.served == NULL)
		die(EX_OSERR, "out of memory");
	if (l.bound != NULL)
		bind_or_exit(&l, &o);
	else
		take_passed_or_die(&l, &o);
	start_clear_environment();
	if (sandbox_enter_parent(&part) == -1)
		die(EX_OSERR, "restricting this process: %s: %s", part, strerror(errno));
	catch_signals();
	listen_for(&l);
	free(l.served);
	return 0;
}
