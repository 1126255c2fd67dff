/* SPDX-License-Identifier: ISC */
#include "common/ssh/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
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

/* --- The local end --- */

static int port_is_free(const char *address, uint16_t port, struct fail *f)
{
	uid_t uid;

	/* -1: not an address of ours; ssh reports what is wrong with it. */
	if (sock_port_free(address, port) != 0)
		return 0;
	if (sock_port_holder(port, &uid) == 0)
		return fail_set(f, ERR_NONE, EX_TEMPFAIL,
		    "port %u of %s is taken by a program of user ID %u: nothing was sent; end it, "
		    "or set sender.local",
		    port, address, (unsigned)uid);
	return fail_set(f, ERR_NONE, EX_TEMPFAIL,
	    "port %u of %s is taken by another program: nothing was sent; end it, or set "
	    "sender.local",
	    port, address);
}

/* The directory must be ours alone, or another socket could replace ours. */
static int prepare_socket(const char *path, struct fail *f)
{
	char copy[128];
	const char *dir;
	struct stat st;

	snprintf(copy, sizeof(copy), "%s", path);
	dir = dirname(copy);
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return fail_set(f, ERR_NONE, EX_CANTCREAT, "making %s: %s", dir, strerror(errno));
	if (lstat(dir, &st) == -1)
		return fail_set(f, ERR_NONE, EX_IOERR, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return fail_set(f, ERR_NONE, EX_CONFIG,
		    "sender.local: %s must be a directory of mode 0700 that belongs to the owner "
		    "of the state",
		    dir);
	if (unlink(path) == -1 && errno != ENOENT)
		return fail_set(f, ERR_NONE, EX_IOERR, "removing %s: %s", path, strerror(errno));
	return 0;
}

static int prepare(struct tunnel *t, const struct node_config *c, struct fail *f)
{
	char address[SOCK_ADDR_MAX];
	uint16_t port;

	if (over_stdio(c))
		return 0;
	if (c->local[0] == '/') {
		if (prepare_socket(c->local, f) == -1)
			return -1;
		t->socket = c->local;
		return 0;
	}
	hostaddr_split(c->local, address, sizeof(address), &port);
	return port_is_free(address, port, f);
}

static int connect_local(struct tunnel *t, const struct node_config *c, struct fail *f)
{
	char address[SOCK_ADDR_MAX];
	const char *why = "";
	uint16_t port;

	if (t->socket != NULL) {
		t->fd = sock_connect_unix(t->socket);
		why = strerror(errno);
	} else {
		hostaddr_split(c->local, address, sizeof(address), &port);
		t->fd = sock_connect(address, port, deadline_in_s(CONNECT_LOCAL), &why);
	}
	if (t->fd == -1)
		return fail_set(
		    f, ERR_NONE, EX_UNAVAILABLE, "connecting to our end of the tunnel: %s", why);
	/* Nobody else is to connect. Once restricted we cannot remove it. */
	if (t->socket != NULL)
		unlink(t->socket);
	t->socket = NULL;
	return 0;
}

/* --- ssh --- */

static void command_line(struct argv *a, const struct tunnel *t, const struct tunnel_to *to)
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
		if (t->socket != NULL)
			argv_option(a, "StreamLocalBindUnlink", "yes");
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

	command_line(&a, t, to);
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

	*t = (struct tunnel){ .fd = -1, .ssh = CHILD_NONE, .said = BUF_INIT(SAID_MAX) };
	*v = (struct ssh_verdict){ .trouble = SSH_TROUBLE_NONE };
	if (prepare(t, to->config, f) == -1 || start_ssh(t, to, f) == -1)
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
	if (v->transient)
		return fail_set(f, ERR_NONE, v->exit_code, "%s", v->sentence);
	return fail_set(f, ERR_NONE, v->exit_code, "%s; check %s", v->sentence, v->check);
}

void tunnel_close(struct tunnel *t)
{
	close_fd(t->fd);
	t->fd = -1;
	child_end(&t->ssh, GRACE_MS);
	if (t->socket != NULL)
		unlink(t->socket);
	buf_free(&t->said);
}
