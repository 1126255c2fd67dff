/* SPDX-License-Identifier: ISC */
/*
 * Whoever wants a service to be busy with him: opens connections to one port,
 * very many at once or one after another. usage_text says how.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/hostaddr.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define LINE "NODE "
#define AGAIN_MS 5000 /* until what was closed is opened again */
#define TICK_MS 1000
#define GREET_SECONDS 300 /* and one for each connection */
#define JITTER_US 5000

static const char usage_text[] =
    "usage: flood hit COUNT ADDRESS:PORT   opens and closes as many connections, as fast as it "
    "can\n"
    "       flood hold COUNT ADDRESS:PORT  tries to keep as many open until it is killed, and "
    "says\n"
    "                                      when all were begun. Of four, one sends a byte a\n"
    "                                      second, one takes nothing in (zero window), one is\n"
    "                                      silent, one is half-open: our kernel has forgotten it\n"
    "       flood greet COUNT ADDRESS:PORT AT_ONCE   opens as many connections, AT_ONCE at a "
    "time,\n"
    "                                      each until a byte has come\n";

enum manner { TRICKLE, DEAF, SILENT, HALF_OPEN, MANNERS };

struct connection {
	int fd; /* -1: none */
	bool made;
	int64_t again; /* when to open it, if it is not */
	size_t said;
};

static struct sockaddr_in target;
static unsigned long opened, failed;

static _Noreturn void usage(void)
{
	fputs(usage_text, stderr);
	exit(64);
}

/* A connection that is under way; -1: it cannot be. */
static int begin(enum manner how)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), little = 1;

	if (fd == -1)
		return -1;
	if (how == DEAF)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	if (connect(fd, (struct sockaddr *)&target, sizeof(target)) == -1 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool is_made(int fd)
{
	int why = 0;
	socklen_t len = sizeof(why);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) == 0 && why == 0;
}

/* Without a word to the other end. */
static void vanish(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)) == -1) {
		fprintf(stderr, "flood: TCP_REPAIR: %s\n", strerror(errno));
		exit(71);
	}
	close(fd);
}

static void reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* One that is reset before it is accepted has no peer, and inetd does not count
 * it: every other one is just closed. */
static void hit(unsigned long count)
{
	int64_t from = monotonic_ms();

	for (unsigned long i = 0; i < count; i++) {
		int fd = begin(SILENT);
		if (fd != -1 && wait_fd(fd, POLLOUT, deadline_in_ms(1000)) == 1 && is_made(fd))
			opened++;
		else
			failed++;
		if (fd != -1 && i % 2 == 0)
			close(fd);
		else if (fd != -1)
			reset(fd);
	}
	printf("%lu connections, %lu failed, in %lld ms\n", opened, failed,
	    (long long)(monotonic_ms() - from));
}

static void gone(struct connection *c)
{
	close(c->fd);
	c->fd = -1;
	c->again = deadline_in_ms(AGAIN_MS);
}

/* What the poll said of one that is there. */
static void attend(struct connection *c, enum manner how, short events)
{
	char in[4096];

	if (!c->made && (events & (POLLOUT | POLLERR | POLLHUP)) != 0) {
		if (!is_made(c->fd)) {
			failed++;
			gone(c);
			return;
		}
		opened++;
		c->made = true;
		if (how == HALF_OPEN) {
			vanish(c->fd);
			c->fd = -1;
			c->again = deadline_in_ms(AGAIN_MS);
		}
		return;
	}
	if ((events & (POLLERR | POLLHUP)) != 0 ||
	    (how != DEAF && (events & POLLIN) != 0 && read(c->fd, in, sizeof(in)) <= 0))
		gone(c);
}

static void trickle(struct connection *c)
{
	char byte = LINE[c->said < sizeof(LINE) - 1 ? c->said : sizeof(LINE) - 2];

	if (send(c->fd, &byte, 1, MSG_NOSIGNAL) == 1)
		c->said++;
}

static short wanted(const struct connection *c, enum manner how)
{
	return !c->made ? POLLOUT : how == DEAF ? 0 : POLLIN;
}

static void tick(struct connection *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].fd == -1 && deadline_passed(v[i].again)) {
			v[i] = (struct connection){ .fd = begin((enum manner)(i % MANNERS)) };
			if (v[i].fd == -1)
				v[i].again = deadline_in_ms(AGAIN_MS);
		} else if (v[i].fd != -1 && v[i].made && i % MANNERS == TRICKLE) {
			trickle(&v[i]);
		}
	}
}

static _Noreturn void hold(size_t n)
{
	struct connection *v = calloc(n, sizeof(*v));
	struct pollfd *p = calloc(n, sizeof(*p));
	deadline_t next = 0, tell = deadline_in_ms(TICK_MS);
	bool told = false;

	if (v == NULL || p == NULL)
		exit(71);
	for (size_t i = 0; i < n; i++)
		v[i].fd = -1;
	for (;;) {
		if (deadline_passed(next)) {
			tick(v, n);
			next = deadline_in_ms(TICK_MS);
		}
		for (size_t i = 0; i < n; i++)
			p[i] = (struct pollfd){ v[i].fd, wanted(&v[i], (enum manner)(i % MANNERS)),
				0 };
		if (poll(p, n, deadline_poll_ms(next)) == -1 && errno != EINTR)
			exit(71);
		for (size_t i = 0; i < n; i++)
			if (v[i].fd != -1 && p[i].revents != 0)
				attend(&v[i], (enum manner)(i % MANNERS), p[i].revents);
		if (!told && deadline_passed(tell)) {
			printf("at it: %lu of %zu were open\n", opened, n);
			fflush(stdout);
			told = true;
		}
	}
}

/* Whether it is over: refused, ended without a byte, or answered. */
static bool greeted(struct connection *c, short events, unsigned long *answered)
{
	char in[256];

	if (events == 0)
		return false;
	if (!c->made) {
		c->made = is_made(c->fd);
		failed += !c->made;
		return !c->made;
	}
	if (read(c->fd, in, sizeof(in)) > 0)
		++*answered;
	return true;
}

static int greet(unsigned long count, size_t at_once)
{
	struct connection *v = calloc(at_once, sizeof(*v));
	struct pollfd *p = calloc(at_once, sizeof(*p));
	unsigned long begun = 0, over = 0, answered = 0;
	deadline_t end = deadline_in_s(GREET_SECONDS + count);
	int64_t from = monotonic_ms();

	if (v == NULL || p == NULL)
		exit(71);
	for (size_t i = 0; i < at_once; i++)
		v[i].fd = -1;
	while (over < count && !deadline_passed(end)) {
		for (size_t i = 0; i < at_once; i++) {
			if (v[i].fd == -1 && begun < count) {
				/* One by one, at any moment of what the other end does then. */
				if (at_once == 1)
					usleep((useconds_t)random() % JITTER_US);
				v[i] = (struct connection){ .fd = begin(SILENT) };
				begun++;
				over += v[i].fd == -1;
				failed += v[i].fd == -1;
			}
			p[i] = (struct pollfd){ v[i].fd, v[i].made ? POLLIN : POLLOUT, 0 };
		}
		if (poll(p, at_once, deadline_poll_ms(end)) == -1 && errno != EINTR)
			exit(71);
		for (size_t i = 0; i < at_once; i++) {
			if (v[i].fd == -1 || !greeted(&v[i], p[i].revents, &answered))
				continue;
			reset(v[i].fd);
			v[i].fd = -1;
			over++;
		}
	}
	printf("%lu answered, %lu refused, %lu lost, in %lld ms\n", answered, failed,
	    count - answered - failed, (long long)(monotonic_ms() - from));
	return answered == count ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	char address[SOCK_ADDR_MAX];
	uint64_t count, at_once = 0;
	uint16_t port;

	if (argc < 4 || (argc == 5 && num_parse(argv[4], 1, 10000, &at_once) == -1) || argc > 5 ||
	    num_parse(argv[2], 1, 60000, &count) == -1 ||
	    !hostaddr_split(argv[3], address, sizeof(address), &port) ||
	    inet_pton(AF_INET, address, &target.sin_addr) != 1)
		usage();
	target.sin_family = AF_INET;
	target.sin_port = htons(port);
	setrlimit(RLIMIT_NOFILE, &files);
	if (strcmp(argv[1], "hit") == 0)
		hit((unsigned long)count);
	else if (strcmp(argv[1], "greet") == 0 && at_once > 0)
		return greet((unsigned long)count, (size_t)at_once);
	else if (strcmp(argv[1], "hold") == 0)
		hold((size_t)count);
	else
		usage();
	return 0;
}
