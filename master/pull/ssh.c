/* SPDX-License-Identifier: ISC */
#include "master/pull/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/ssh/ssh.h"
#include "master/pull/schedule.h"
#include "master/pullkey.h"

#include "common/base/banned.h"

#define LAST_WORDS_MS 2000
#define GRACE_MS 1000
/*
 * ssh spends much more time on a socket or a small pipe that fills up than on the bytes themselves. What we
 * write to it goes over a socket all the same: half of that can be closed.
 */
#define PIPE_SIZE (1 << 20)
#define KEEP_PERIODS 2 /* a kept connection outlives the time to the next pull */

/* Runs it with the file as its standard error, and the limit for that; both are ours again
 * afterwards. */
static int run(struct pull_ssh *p, char *const *argv, int in, int out)
{
	struct rlimit own, low;
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	int rc = -1;

	if (saved == -1 || getrlimit(RLIMIT_FSIZE, &own) == -1)
		goto out;
	low = own;
	if (low.rlim_max == RLIM_INFINITY || low.rlim_max > PULL_SAID_MAX)
		low.rlim_cur = PULL_SAID_MAX;
	if (dup2(p->said, STDERR_FILENO) != -1 && setrlimit(RLIMIT_FSIZE, &low) == 0)
		rc = child_start_on(&p->child, argv[0], argv, in, out, 0);
	setrlimit(RLIMIT_FSIZE, &own);
	dup2(saved, STDERR_FILENO);
out:
	close_fd(saved);
	return rc;
}

int pull_ssh_start(struct pull_ssh *p, const struct master_config *c, struct store *s,
    const struct node *n, const char *address, const char *known_hosts)
{
	char *control = c->keep ? store_control_dir(s) : NULL;
	char *next = pullkey_next_path(c);
	struct ssh_target t = {
		.ssh = c->ssh,
		.ssh_config = c->ssh_config,
		.user = c->user,
		.host = address,
		.port = node_port(n),
		/* In a rotation the next key goes first: so it shows who has taken it. */
		.identity = { next != NULL ? next : c->key, next != NULL ? c->key : NULL },
		.known_hosts = known_hosts,
		.alias = n->name,
		.control_dir = control,
		.control_seconds = KEEP_PERIODS * pull_period(n, c),
		.connect_seconds = PULL_CONNECT_SECONDS,
	};
	struct argv a = { .n = 0 };
	int to[2] = { -1, -1 }, from[2] = { -1, -1 }, rc = -1;

	*p = (struct pull_ssh){ .child = CHILD_NONE, .in = -1, .out = -1, .said = -1 };
	if (c->keep && control == NULL)
		goto out;
	ssh_begin(&a, &t);
	ssh_end(&a, &t, "pull");
	p->said = memfd_create("ssh", MFD_CLOEXEC);
	if (argv_done(&a) == NULL || p->said == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to) == -1 ||
	    pipe2(from, O_CLOEXEC) == -1)
		goto out;
	fcntl(from[0], F_SETPIPE_SZ, PIPE_SIZE); /* if the system allows so much */
	p->out = to[0];
	p->in = from[0];
	rc = run(p, a.v, to[1], from[1]);
out:
	close_fd(to[1]);
	close_fd(from[1]);
	argv_free(&a);
	free(control);
	free(next);
	return rc;
}

static char *read_said(int fd)
{
	struct buf b = BUF_INIT(PULL_SAID_MAX);
	ssize_t n;

	/* ssh has left the offset at the end. */
	if (fd != -1 && buf_reserve(&b, PULL_SAID_MAX) == 0) {
		n = pread_full(fd, b.data, PULL_SAID_MAX, 0);
		b.len = n > 0 ? (size_t)n : 0;
		b.data[b.len] = '\0';
	}
	/* A NUL would hide what stands behind it. */
	for (size_t i = 0; i < b.len; i++)
		b.data[i] = b.data[i] != '\0' ? b.data[i] : '?';
	return b.data != NULL ? b.data : strdup("");
}

char *pull_ssh_said(const struct pull_ssh *p)
{
	return read_said(p->said);
}

char *pull_ssh_end(struct pull_ssh *p)
{
	char *said;

	close_fd(p->in);
	close_fd(p->out);
	p->in = p->out = -1;
	/* One whose session is over ends by itself, and says its last words. */
	child_wait(&p->child, deadline_in_ms(LAST_WORDS_MS));
	child_end(&p->child, GRACE_MS);
	said = read_said(p->said);
	close_fd(p->said);
	p->said = -1;
	return said;
}
