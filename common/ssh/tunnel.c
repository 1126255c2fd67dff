/* SPDX-License-Identifier: ISC */
#include "common/ssh/tunnel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/sock.h"
#include "common/ssh/ssh.h"

#include "common/base/banned.h"

#define LOGIN_SECONDS 30 /* from the start of ssh until it listens */
#define CONNECT_SECONDS 15
#define CONNECT_LOCAL 5
#define SAID_MAX 65536
#define LAST_WORDS_MS 500
#define GRACE_MS 2000

static bool over_stdio(const struct node_config *c)
{
	return strcmp(c->local, "stdio") == 0;
}

static int connect_local(struct tunnel *t, const struct node_config *c, struct fail *f)
{
	char address[SOCK_ADDR_MAX];
	const char *why = "";
	uint16_t port;

	hostaddr_split(c->local, address, sizeof(address), &port);
	t->fd = sock_connect(address, port, deadline_in_s(CONNECT_LOCAL), &why);
	if (t->fd == -1)
		return fail_set(
		    f, ERR_NONE, EX_UNAVAILABLE, "connecting to our end of the tunnel: %s", why);
	return 0;
}

static void command_line(struct argv *a, const struct tunnel_to *to)
{
	const struct node_config *c = to->config;
	struct ssh_target target = {
		.ssh = c->ssh,
		.ssh_config = c->ssh_config,
		.user = c->user,
		.host = to->address,
		.port = (uint16_t)c->ssh_port,
		.identity = { to->identity[0], to->identity[1] },
		.known_hosts = to->known_hosts,
		.alias = to->address,
		.connect_seconds = CONNECT_SECONDS,
	};

	ssh_begin(a, &target);
	argv_option(a, "ExitOnForwardFailure", "yes");
	if (over_stdio(c)) {
		argv_add(a, "-W");
		argv_add(a, c->remote);
	} else {
		argv_add(a, "-N");
		argv_add(a, "-L");
		argv_addf(a, "%s:%s", c->local, c->remote);
	}
	ssh_end(a, &target, NULL);
}

static int launch(struct tunnel *t, bool stdio, char *const *argv)
{
	int ends[2], rc;

	if (argv == NULL)
		return -1;
	if (!stdio)
		return child_start(&t->ssh, NULL, argv, CHILD_PIPE_ERR);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	rc = child_start_on(&t->ssh, argv[0], argv, ends[1], ends[1], CHILD_PIPE_ERR);
	close_fd(ends[1]);
	t->fd = ends[0];
	return rc;
}

static int start_ssh(struct tunnel *t, const struct tunnel_to *to, struct fail *f)
{
	struct argv a = { .n = 0 };
	int rc;

	command_line(&a, to);
	rc = launch(t, over_stdio(to->config), argv_done(&a));
	if (rc == -1)
		fail_set(f, ERR_NONE, EX_UNAVAILABLE, "starting %s: %s", to->config->ssh,
		    strerror(errno));
	argv_free(&a);
	return rc;
}

/* Reads what ssh has written. 1: something; 0: nothing until d; -1: the end. */
static int read_stderr(struct tunnel *t, deadline_t d)
{
	char piece[2048];
	ssize_t n;
	/* The deadline first: an ssh that never stops writing must end too. */
	int rc = deadline_passed(d) ? 0 : wait_fd(t->ssh.err, POLLIN, d);

	if (rc != 1)
		return rc;
	n = read(t->ssh.err, piece, sizeof(piece));
	if (n <= 0)
		return -1;
	/* Read on beyond the maximum, or ssh would block. */
	buf_add(&t->said, piece, (size_t)n);
	return 1;
}

static const char *said_so_far(const struct tunnel *t)
{
	return t->said.data != NULL ? t->said.data : "";
}

int tunnel_open(struct tunnel *t, const struct tunnel_to *to, struct ssh_verdict *v, struct fail *f)
{
	deadline_t d = deadline_in_s(LOGIN_SECONDS);
	int rc = 1;

	*t = (struct tunnel){
		.fd = -1, .ssh = CHILD_NONE, .said = BUF_INIT(SAID_MAX), .local = to->config->local
	};
	*v = (struct ssh_verdict){ .trouble = SSH_TROUBLE_NONE };
	if (start_ssh(t, to, f) == -1)
		return -1;
	if (over_stdio(to->config))
		return 0;
	while (!ssh_says_ready(said_so_far(t)) && rc == 1)
		rc = read_stderr(t, d);
	if (rc == 0)
		return fail_set(
		    f, ERR_NONE, EX_UNAVAILABLE, "ssh did not connect within %d s", LOGIN_SECONDS);
	if (rc == -1)
		return tunnel_explain(t, v, f);
	msg_debug("%s: ssh is logged in and listens", to->address);
	return connect_local(t, to->config, f);
}

int tunnel_explain(struct tunnel *t, struct ssh_verdict *v, struct fail *f)
{
	deadline_t d = deadline_in_ms(LAST_WORDS_MS);

	while (t->ssh.err != -1 && read_stderr(t, d) == 1)
		;
	*v = ssh_explain(said_so_far(t));
	if (v->trouble == SSH_TROUBLE_NONE && v->words[0] != '\0')
		return fail_set(f, ERR_NONE, v->exit_code, "ssh: %s", v->words);
	if (v->trouble == SSH_PORT_TAKEN)
		return fail_set(f, ERR_NONE, v->exit_code,
		    "%s is taken by another program: nothing was sent; end it, or set "
		    "sender.local",
		    t->local);
	if (v->transient)
		return fail_set(f, ERR_NONE, v->exit_code, "%s", v->sentence);
	return fail_set(f, ERR_NONE, v->exit_code, "%s; check %s", v->sentence, v->check);
}

void tunnel_close(struct tunnel *t)
{
	close_fd(t->fd);
	t->fd = -1;
	child_end(&t->ssh, GRACE_MS);
	buf_free(&t->said);
}
