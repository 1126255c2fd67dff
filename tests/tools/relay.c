/* SPDX-License-Identifier: ISC */
/*
 * A man in the middle of TCP: it passes on what comes, or cuts, changes,
 * records, or plays it back. usage_text says how.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

enum how { FIN, RST, SILENCE, GATE };

struct edit {
	const char *prefix;
	size_t prefix_len;
	const char *line;
};

/* One direction: what is asked of it, and how far it is. */
struct way {
	bool cut;
	unsigned long long cut_at;
	enum how how;
	struct edit edit[8];
	size_t edits;
	unsigned long flip_line, flip_column;

	int from, to, keep;
	bool open;
	unsigned long long bytes;
	unsigned long line;
	char held[1 << 20]; /* an incomplete line, while lines are edited */
	size_t held_len;
};

static struct way client, server; /* what the client sends, what the server sends */
static const char *keep_name, *play_name, *gate_name;

static const char usage_text[] =
    "usage: relay [OPTION...] ADDRESS:PORT TARGET:PORT\n"
    "DIR is c (what the client sends) or s (what the server sends).\n"
    "  -c DIR:BYTES:HOW    after that many bytes of DIR: fin, rst, silence (nothing passes any\n"
    "                      more, both ends stay open), or gate (nothing passes for now)\n"
    "  -g FILE             opens the gate when FILE is there\n"
    "  -e DIR:PREFIX:LINE  a line of DIR that begins with PREFIX becomes LINE; empty: dropped\n"
    "  -x DIR:LINE:COLUMN  flips the lowest bit of one byte; from 1, column 0 is the last\n"
    "  -w FILE             appends what comes to FILE.c and FILE.s\n"
    "  -p FILE             plays: the target is not asked, each client is sent what FILE holds\n";

static _Noreturn void usage(void)
{
	fputs(usage_text, stderr);
	exit(EX_USAGE);
}

static struct way *way_of(const char *arg)
{
	if ((arg[0] != 'c' && arg[0] != 's') || arg[1] != ':')
		usage();
	return arg[0] == 'c' ? &client : &server;
}

static void parse_cut(const char *arg)
{
	struct way *w = way_of(arg);
	char *end;

	w->cut = true;
	w->cut_at = strtoull(arg + 2, &end, 10);
	if (strcmp(end, ":fin") == 0)
		w->how = FIN;
	else if (strcmp(end, ":rst") == 0)
		w->how = RST;
	else if (strcmp(end, ":silence") == 0)
		w->how = SILENCE;
	else if (strcmp(end, ":gate") == 0)
		w->how = GATE;
	else
		usage();
}

static void parse_edit(const char *arg)
{
	struct way *w = way_of(arg);
	const char *colon = strchr(arg + 2, ':');

	if (colon == NULL || w->edits == sizeof(w)->edit / sizeof(w)->edit[0])
		usage();
	w->edit[w->edits++] = (struct edit){ arg + 2, (size_t)(colon - arg - 2), colon + 1 };
}

static void parse_flip(const char *arg)
{
	struct way *w = way_of(arg);
	char *end;

	w->flip_line = strtoul(arg + 2, &end, 10);
	if (*end != ':' || w->flip_line == 0)
		usage();
	w->flip_column = strtoul(end + 1, &end, 10);
	if (*end != '\0')
		usage();
}

static struct sockaddr_in parse_address(const char *arg)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	char host[SOCK_ADDR_MAX];
	uint16_t port;

	if (!hostaddr_split(arg, host, sizeof(host), &port) ||
	    inet_pton(AF_INET, host, &a.sin_addr) != 1)
		usage();
	a.sin_port = htons(port);
	return a;
}

static void write_all(int fd, const char *p, size_t len)
{
	if (write_full(fd, p, len) == -1)
		_exit(0); /* the peer has gone: so do we, and the other end sees it */
}

static _Noreturn void reset_both(void)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(client.from, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (client.to >= 0)
		setsockopt(client.to, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	_exit(0);
}

/* What still comes is read and dropped, or the kernel would make a reset of
 * this end. */
static _Noreturn void end_both(void)
{
	int fd[2] = { client.from, client.to };
	char buf[4096];

	for (int i = 0; i < 2; i++) {
		if (fd[i] < 0)
			continue;
		shutdown(fd[i], SHUT_WR);
		for (;;) {
			struct pollfd p = { fd[i], POLLIN, 0 };

			if (poll(&p, 1, 1000) <= 0 || read(fd[i], buf, sizeof(buf)) <= 0)
				break;
		}
	}
	_exit(0);
}

static _Noreturn void fall_silent(void)
{
	for (;;)
		pause();
}

static void wait_for_gate(void)
{
	while (gate_name == NULL || !file_exists(AT_FDCWD, gate_name))
		sleep_ms(20);
}

static void count(struct way *w, const char *p, size_t len)
{
	if (w->to >= 0)
		write_all(w->to, p, len);
	w->bytes += len;
}

/* Sends on, up to the cut. */
static void send_on(struct way *w, const char *p, size_t len)
{
	size_t now = len;

	if (w->cut && len > w->cut_at - w->bytes)
		now = (size_t)(w->cut_at - w->bytes);
	count(w, p, now);
	if (!w->cut || w->bytes < w->cut_at)
		return;
	switch (w->how) {
	case FIN: end_both();
	case RST: reset_both();
	case SILENCE: fall_silent();
	case GATE: wait_for_gate();
	}
	w->cut = false;
	count(w, p + now, len - now);
}

/* One whole line, its end included. */
static void edit_line(struct way *w, char *line, size_t len)
{
	w->line++;
	for (size_t i = 0; i < w->edits; i++) {
		const struct edit *e = &w->edit[i];

		if (len < e->prefix_len || memcmp(line, e->prefix, e->prefix_len) != 0)
			continue;
		if (e->line[0] != '\0') {
			send_on(w, e->line, strlen(e->line));
			send_on(w, "\n", 1);
		}
		return;
	}
	if (w->line == w->flip_line && len > 1) {
		size_t column =
		    w->flip_column == 0 || w->flip_column > len - 1 ? len - 1 : w->flip_column;

		line[column - 1] ^= 1;
	}
	send_on(w, line, len);
}

static void pass(struct way *w, const char *p, size_t len)
{
	if (w->edits == 0 && w->flip_line == 0) {
		send_on(w, p, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		w->held[w->held_len++] = p[i];
		if (p[i] == '\n' || w->held_len == sizeof(w->held)) {
			edit_line(w, w->held, w->held_len);
			w->held_len = 0;
		}
	}
}

static void hear(struct way *w)
{
	static char buf[16384];
	ssize_t n = read(w->from, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return;
	if (n < 0 && errno == ECONNRESET)
		reset_both();
	if (n <= 0) {
		if (w->held_len > 0)
			send_on(w, w->held, w->held_len);
		w->held_len = 0;
		if (w->to >= 0)
			shutdown(w->to, SHUT_WR);
		w->open = false;
		return;
	}
	if (w->keep >= 0)
		write_all(w->keep, buf, (size_t)n);
	pass(w, buf, (size_t)n);
}

static int keep_open(const char *suffix)
{
	char name[4096];
	int fd;

	if (keep_name == NULL)
		return -1;
	snprintf(name, sizeof(name), "%s.%s", keep_name, suffix);
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		die(EX_IOERR, "%s: %s", name, strerror(errno));
	return fd;
}

static void play(int fd)
{
	struct buf b = BUF_INIT(1u << 30);

	if (file_read(AT_FDCWD, play_name, &b) == -1)
		die(EX_IOERR, "%s: %s", play_name, strerror(errno));
	write_all(fd, b.data, b.len);
	buf_free(&b);
}

static _Noreturn void serve(int fd, const struct sockaddr_in *target)
{
	int up = -1;
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (play_name != NULL) {
		play(fd);
	} else {
		up = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (up < 0 || connect(up, (const struct sockaddr *)target, sizeof *target) < 0)
			die(EX_IOERR, "connect: %s", strerror(errno));
		setsockopt(up, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	client.from = server.to = fd;
	client.to = server.from = up;
	client.open = true;
	server.open = up >= 0;
	client.keep = keep_open("c");
	server.keep = keep_open("s");
	while (client.open || server.open) {
		struct pollfd p[2] = { { client.open ? client.from : -1, POLLIN, 0 },
			{ server.open ? server.from : -1, POLLIN, 0 } };

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			die(EX_IOERR, "poll: %s", strerror(errno));
		if (client.open && p[0].revents != 0)
			hear(&client);
		if (server.open && p[1].revents != 0)
			hear(&server);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in here, target;
	int option, fd, one = 1;

	while ((option = getopt(argc, argv, "c:g:e:x:w:p:")) != -1)
		switch (option) {
		case 'c': parse_cut(optarg); break;
		case 'e': parse_edit(optarg); break;
		case 'x': parse_flip(optarg); break;
		case 'g': gate_name = optarg; break;
		case 'w': keep_name = optarg; break;
		case 'p': play_name = optarg; break;
		default: usage();
		}
	if (argc - optind != 2)
		usage();
	here = parse_address(argv[optind]);
	target = parse_address(argv[optind + 1]);

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(fd, 64) < 0)
		die(EX_IOERR, "%s: %s", argv[optind], strerror(errno));
	for (;;) {
		int conn = accept(fd, NULL, NULL);

		if (conn < 0)
			continue;
		if (fork() == 0) {
			close(fd);
			serve(conn, &target);
		}
		close(conn);
	}
}
