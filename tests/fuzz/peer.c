/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/sandbox.h"
#include "common/base/sock.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

static struct peer *peer;

/* What ld --wrap calls the system's own, and ours. */
ssize_t __real_read(int fd, void *data, size_t len);
ssize_t __real_write(int fd, const void *data, size_t len);
int __real_poll(struct pollfd *p, nfds_t n, int ms);
int __real_shutdown(int fd, int how);
int __real_set_nonblocking(int fd);
ssize_t __wrap_read(int fd, void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_shutdown(int fd, int how);
int __wrap_set_nonblocking(int fd);
int64_t __wrap_now_s(void);
int64_t __wrap_monotonic_ms(void);
void __wrap_sandbox_enter_or_die(const struct sandbox *s);
int __wrap_sandbox_narrow(const char *const dirs[SANDBOX_DIRS], const char **part);
int __wrap_sock_connect(const char *host, uint16_t port, deadline_t d, const char **why);
void __wrap_syslog(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void __wrap_openlog(const char *name, int option, int facility);

void peer_begin(struct peer *p, unsigned faults)
{
	static const size_t chunks[] = { 0, 1, 2, 7, 64, 4095, 4096, 5000 };

	*p = (struct peer){ .in = peer_fd(),
		.out = peer_fd(),
		.heard = BUF_INIT(PEER_MAX),
		.say = BUF_INIT(PEER_MAX),
		.chunk = chunks[faults & 7],
		.stutter = (faults & 8) != 0,
		.breaks = (faults & 0x80) != 0 ? (faults >> 4 & 7) * 40 + 1 : 0 };
	peer = p;
}

void peer_end(struct peer *p)
{
	buf_free(&p->heard);
	buf_free(&p->say);
	peer = NULL;
}

int peer_fd(void)
{
	static int fd = -1;

	if (fd == -1)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	require(fd != -1);
	return fd;
}

/* Is there something to read, if only the end? */
static bool refill(struct peer *p)
{
	while (p->said == p->say.len && !p->ended && !p->paused) {
		enum peer_more m;

		buf_reset(&p->say);
		p->said = 0;
		m = p->more(p, p->arg);
		p->paused = m == PEER_PAUSE;
		p->ended = m == PEER_END;
	}
	return p->said < p->say.len || (p->ended && !p->paused);
}

static bool stutters(struct peer *p, int way)
{
	if (!p->stutter)
		return false;
	p->stuttered[way] = !p->stuttered[way];
	errno = EAGAIN;
	return p->stuttered[way];
}

static size_t piece(const struct peer *p, size_t len)
{
	return p->chunk > 0 && len > p->chunk ? p->chunk : len;
}

ssize_t __wrap_read(int fd, void *data, size_t len)
{
	size_t n;

	if (peer == NULL || fd != peer->in)
		return __real_read(fd, data, len);
	if (stutters(peer, 0))
		return -1;
	if (!refill(peer)) {
		errno = EAGAIN;
		return -1;
	}
	n = peer->say.len - peer->said;
	n = piece(peer, n < len ? n : len);
	if (n > 0)
		memcpy(data, peer->say.data + peer->said, n);
	peer->said += n;
	return (ssize_t)n;
}

static char to_peer[MSG_MAX + 256];

/* A line of msg_peer(): one line, and nothing in it that a terminal would
 * obey. */
static ssize_t hear_message(const char *line, size_t len)
{
	require(len > 0 && line[len - 1] == '\n' && is_printable(line, len - 1));
	require(len < sizeof(to_peer));
	memcpy(to_peer, line, len - 1);
	to_peer[len - 1] = '\0';
	return (ssize_t)len;
}

const char *messages_to_peer(void)
{
	return to_peer;
}

void messages_forget(void)
{
	to_peer[0] = '\0';
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	if (fd == STDERR_FILENO)
		return hear_message(data, len);
	if (peer == NULL || fd != peer->out)
		return __real_write(fd, data, len);
	if (stutters(peer, 1))
		return -1;
	len = piece(peer, len);
	if ((peer->breaks > 0 && peer->heard.len >= peer->breaks) || !buf_ok(&peer->heard)) {
		errno = EPIPE;
		return -1;
	}
	if (buf_add(&peer->heard, data, len) == -1) {
		errno = EPIPE;
		return -1;
	}
	return (ssize_t)len;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	bool ours = false, reads = false;
	int ready = 0;

	for (nfds_t i = 0; peer != NULL && i < n; i++)
		ours |= p[i].fd == peer->in || p[i].fd == peer->out;
	if (!ours)
		return __real_poll(p, n, ms);
	for (nfds_t i = 0; i < n; i++) {
		p[i].revents = 0;
		if (p[i].fd == peer->in && (p[i].events & POLLIN) != 0) {
			reads = true;
			if (refill(peer))
				p[i].revents |= POLLIN;
		}
		if (p[i].fd == peer->out && (p[i].events & POLLOUT) != 0)
			p[i].revents |= POLLOUT;
		ready += p[i].revents != 0;
	}
	if (ready == 0 && ms != 0) {
		/* Somebody waits, so the pause is over. */
		require(reads);
		peer->paused = false;
		return __wrap_poll(p, n, ms);
	}
	return ready;
}

int __wrap_shutdown(int fd, int how)
{
	if (peer == NULL || fd != peer->out)
		return __real_shutdown(fd, how);
	return 0;
}

int __wrap_set_nonblocking(int fd)
{
	if (peer == NULL || (fd != peer->in && fd != peer->out))
		return __real_set_nonblocking(fd);
	return 0;
}

int __wrap_sock_connect(const char *host, uint16_t port, deadline_t d, const char **why)
{
	(void)host;
	(void)port;
	(void)d;
	*why = "no peer";
	if (peer == NULL)
		return -1;
	/* A number that no file gets once this one is closed. */
	peer->in = peer->out = fcntl(peer_fd(), F_DUPFD_CLOEXEC, 500);
	return peer->in;
}

/* It would hold the harness too, and for good. */
void __wrap_sandbox_enter_or_die(const struct sandbox *s)
{
	(void)s;
}

int __wrap_sandbox_narrow(const char *const dirs[SANDBOX_DIRS], const char **part)
{
	(void)dirs;
	(void)part;
	return 0;
}

/* --- The clock, which goes on by itself, and the log --- */

int64_t __wrap_now_s(void)
{
	return 1700000100;
}

int64_t __wrap_monotonic_ms(void)
{
	static int64_t now;

	return now += 400;
}

void __wrap_openlog(const char *name, int option, int facility)
{
	(void)name;
	(void)option;
	(void)facility;
}

void __wrap_syslog(int priority, const char *fmt, ...)
{
	char text[MSG_MAX + 64];
	va_list ap;
	int n;

	(void)priority;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	require(n >= 0 && (size_t)n < sizeof(text) && is_printable(text, (size_t)n));
	show("log", text);
}
