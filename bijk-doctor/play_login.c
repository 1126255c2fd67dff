/* SPDX-License-Identifier: ISC */
/* What a master does: ssh logs in, with PLAY_KEY, and says a greeting. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bijk-doctor/copy.h"
#include "bijk-doctor/play.h"
#include "bijk-doctor/trace.h"
#include "common/base/child.h"
#include "common/base/io.h"
#include "common/exchange/lines.h"

#include "common/base/banned.h"

#define SSH_TEXT_MAX (256u << 10)

/* Host keys are compared elsewhere. */
static int start_ssh(struct child *c, const struct play *p, int stdio)
{
	static const char *const options[] = { "BatchMode=yes", "IdentitiesOnly=yes",
		"IdentityAgent=none", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
		"GlobalKnownHostsFile=/dev/null", "PreferredAuthentications=publickey",
		"ControlMaster=no", "ControlPath=none", "ConnectTimeout=9", "LogLevel=DEBUG1" };
	struct argv a = { .n = 0 };
	int rc = -1;

	argv_add(&a, "/usr/bin/ssh");
	argv_add(&a, "-F");
	argv_add(&a, "none");
	argv_add(&a, "-T");
	argv_add(&a, "-i");
	argv_add(&a, PLAY_KEY);
	argv_add(&a, "-p");
	argv_addf(&a, "%u", (unsigned)p->route.port);
	argv_add(&a, "-l");
	argv_add(&a, p->route.user);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		argv_add(&a, "-o");
		argv_add(&a, options[i]);
	}
	argv_add(&a, "--");
	argv_add(&a, p->route.ours);
	argv_add(&a, "pull");
	if (argv_done(&a) != NULL)
		rc = child_start_on(c, a.v[0], argv_done(&a), stdio, stdio, CHILD_PIPE_ERR);
	argv_free(&a);
	return rc;
}

struct talk {
	struct patience patience;
	struct child ssh;
	int fd;
	struct buf err, out;
	bool answered;
};

static void greet(const struct talk *t)
{
	struct greeting g = { .time = (uint64_t)now_s() };
	char line[WIRE_LINE_MAX];

	snprintf(g.name, sizeof(g.name), "rehearsal");
	nonce_make(g.nonce);
	greeting_format(&g, GREETING_SESSION, line, sizeof(line));
	if (write_full(t->fd, line, strlen(line)) == 0 && write_full(t->fd, "\n", 1) == 0)
		errno = 0;
}

/* False: there is no more. */
static bool take(int fd, struct buf *b)
{
	char block[4096];
	ssize_t n = read(fd, block, sizeof(block));

	if (n > 0)
		buf_add(b, block, (size_t)n);
	return n > 0 || (n == -1 && errno == EAGAIN);
}

static const char *text_in(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

/* It answers with a line that begins so; behind a banner, perhaps. */
static bool node_answers(const struct talk *t)
{
	const char *s = text_in(&t->out);

	while ((s = strstr(s, "NODE ")) != NULL && strchr(s, '\n') == NULL)
		s++;
	return s != NULL;
}

static void converse(struct talk *t)
{
	bool out = true, err = true;

	while ((out || err) && !play_is_over(&t->patience)) {
		struct pollfd v[2] = { { .fd = out ? t->fd : -1, .events = POLLIN },
			{ .fd = err ? t->ssh.err : -1, .events = POLLIN } };

		poll(v, 2, 20);
		if (v[0].revents != 0)
			out = take(t->fd, &t->out);
		if (v[1].revents != 0)
			err = take(t->ssh.err, &t->err);
		if (node_answers(t)) {
			t->answered = true;
			return;
		}
	}
}

static enum stage stage_of(const struct talk *t)
{
	if (t->answered)
		return STAGE_DONE;
	return t->out.len > 0 ? STAGE_ANSWER : attempt_stage(text_in(&t->err));
}

void play_login(struct play *p, const struct copy *c, struct trace *trace)
{
	struct talk t = { .patience = { .trace = trace, .end = deadline_in_ms(PATIENCE_MS) },
		.ssh = CHILD_NONE,
		.err = BUF_INIT(SSH_TEXT_MAX),
		.out = BUF_INIT(65536) };
	struct attempt *a = &p->attempt;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return;
	t.fd = pair[0];
	copy_there(c);
	if (start_ssh(&t.ssh, p, pair[1]) == 0) {
		close(pair[1]);
		set_nonblocking(t.ssh.err);
		set_nonblocking(t.fd);
		greet(&t);
		converse(&t);
	}
	copy_here(c);
	a->reached = stage_of(&t);
	if (a->reached != STAGE_DONE)
		a->dropped = trace_end(trace, &a->drop);
	child_end(&t.ssh, 0);
	if (a->reached != STAGE_DONE) {
		play_say(p, c);
		attempt_say_ssh(a, text_in(&t.err));
		attempt_say(a, text_in(&t.out), t.out.len);
	}
	close(t.fd);
	buf_free(&t.err);
	buf_free(&t.out);
}
