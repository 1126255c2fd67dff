/* SPDX-License-Identifier: ISC */
#include "tests/cut/versions.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/exchange/sender.h"
#include "common/log/log.h"
#include "common/log/segment.h"
#include "common/trust/register.h"
#include "tests/oracle/tree.h"

#include "common/base/banned.h"

#define NONCE "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TREE_MAX (4u << 20)

/* --- What must not change --- */

static void look(const struct trial *t, const char *sub, struct buf *b)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", t->dir, sub);
	buf_reset(b);
	if (tree_text(path, b) == -1)
		die(EX_IOERR, "reading %s: %s", path, strerror(errno));
	buf_adds(b, "");
}

/* Both numbers stand in the text, ours by itself. */
static bool tells(const char *text, const char *theirs, const char *ours)
{
	return strstr(text, theirs) != NULL && strstr(text, ours) != NULL;
}

/* --- The other side of a connection, by hand --- */

static void run_sender(void *arg)
{
	struct trial *t = arg;
	struct send s = { .config = &t->node_config, .direction = DIRECTION_PULL, .timeout = 10 };

	t->node.outcome->rc = send_session(&s, t->node.ends.in, t->node.ends.out);
	t->node.outcome->code = s.fail.code;
	snprintf(t->node.outcome->text, FAIL_TEXT_MAX, "%s", s.fail.text);
}

static void run_registration(void *arg)
{
	struct trial *t = arg;
	struct fail f = { .exit_code = 0 };
	struct registration e;

	t->node.outcome->rc = -1;
	if (register_begin(&e, &t->node_config, deadline_in_s(10), &f) == 0 &&
	    register_with(&e, "127.0.0.1", &f) == REGISTER_TAKEN)
		t->node.outcome->rc = 0;
	t->node.outcome->code = f.code;
	snprintf(t->node.outcome->text, FAIL_TEXT_MAX, "%s", f.text);
	register_end(&e, &f);
}

/* Says the greeting, and hears all that the node says to it. */
static void greet(struct trial *t, int fd, const char *greeting, char *heard, size_t size)
{
	struct buf b = BUF_INIT(65536);

	(void)!write_full(fd, greeting, strlen(greeting));
	shutdown(fd, SHUT_WR);
	if (read_all(fd, &b, deadline_in_s(20)) == -1)
		trial_fault(t, "the node does not end its side");
	snprintf(heard, size, "%s", b.len > 0 ? b.data : "");
	buf_free(&b);
	close_fd(fd);
	if (!party_join(&t->node, deadline_in_s(20)))
		die(EX_SOFTWARE, "the node does not end");
}

static void session_version(struct trial *t, const char *version)
{
	struct buf before = BUF_INIT(TREE_MAX), after = BUF_INIT(TREE_MAX);
	char greeting[256], heard[256], theirs[32];
	int fd[2];

	look(t, "node", &before);
	snprintf(greeting, sizeof(greeting), "BIJK %s m1 " NONCE " 1700000000\n", version);
	snprintf(theirs, sizeof(theirs), "version %s ", version);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		die(EX_OSERR, "socketpair: %s", strerror(errno));
	t->node.ends = (struct ends){ fd[1], fd[1] };
	party_run(&t->node, run_sender, t);
	greet(t, fd[0], greeting, heard, sizeof(heard));
	if (t->node.outcome->rc != -1 || t->node.outcome->code != ERR_VERSION)
		trial_fault(t, "the node does not refuse version %s of the session", version);
	if (!tells(t->node.outcome->text, theirs, "this node version 2; upgrade the "))
		trial_fault(t, "not both versions: %s", t->node.outcome->text);
	if (strncmp(heard, "ERR version the master speaks", 29) != 0)
		trial_fault(t, "the master hears: %s", heard);
	look(t, "node", &after);
	if (strcmp(before.data, after.data) != 0)
		trial_fault(t, "refusing a version changed the node");
	buf_free(&before);
	buf_free(&after);
}

static void registration_version(struct trial *t, const char *version)
{
	static const char *const kept[] = { "node/masters", "node/.ssh", "node/known_hosts" };
	char greeting[256], heard[256], theirs[32], path[192];
	int fd;

	snprintf(greeting, sizeof(greeting), "BIJKREG %s m1 " NONCE " 1700000000\n", version);
	snprintf(theirs, sizeof(theirs), "BIJKREG %s ", version);
	t->node.ends = (struct ends){ -1, -1 };
	t->node_config.register_port = ntohs(t->address.sin_port);
	party_run(&t->node, run_registration, t);
	if (wait_fd(t->listener, POLLIN, deadline_in_s(20)) != 1 ||
	    (fd = accept4(t->listener, NULL, NULL, SOCK_CLOEXEC)) == -1)
		die(EX_OSERR, "the node does not connect: %s", strerror(errno));
	greet(t, fd, greeting, heard, sizeof(heard));
	if (t->node.outcome->rc != -1 || t->node.outcome->code != ERR_VERSION)
		trial_fault(t, "the node does not refuse version %s of a registration", version);
	if (!tells(t->node.outcome->text, theirs, "this node speaks BIJKREG 2; upgrade the older"))
		trial_fault(t, "not both versions: %s", t->node.outcome->text);
	if (heard[0] != '\0')
		trial_fault(t, "the master hears: %s", heard);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		struct stat st;
		snprintf(path, sizeof(path), "%s/%s", t->dir, kept[i]);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
			trial_fault(t, "refusing a version wrote %s", kept[i]);
	}
}

/* --- A log of another format --- */

/* Gives the last segment of the log this version. */
static void change_format(const char *dir, const char *version)
{
	struct log *l = log_open(dir, LOG_PEEK);
	char name[SEGMENT_NAME_LEN + 1], path[256] = "";
	uint8_t head[SEGMENT_HEADER];
	uint64_t first = l != NULL ? log_next(l) : 0;
	int fd = -1;

	log_close(l);
	for (; first > 0 && fd == -1; first--) {
		segment_name(first, name);
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	/* With a digest that holds: else it would be taken for damage. */
	if (fd != -1 && pread_full(fd, head, sizeof(head), 0) == sizeof(head)) {
		memcpy(head + 5, version, 3);
		crypto_generichash(head + 48, 16, head, 48, NULL, 0);
	}
	if (fd == -1 || pwrite_full(fd, head, sizeof(head), 0) == -1)
		die(EX_IOERR, "changing the format of %s: %s", dir, strerror(errno));
	close_fd(fd);
}

/* Opens it in this mode; what it says on standard error goes to said. */
static bool opens(const char *dir, enum log_mode mode, char *said, size_t size)
{
	int err = dup(STDERR_FILENO), fd = memfd_create("said", MFD_CLOEXEC);
	struct log *l;
	ssize_t n;
	int why;

	if (err == -1 || fd == -1 || dup2(fd, STDERR_FILENO) == -1)
		die(EX_OSERR, "catching messages: %s", strerror(errno));
	l = log_open(dir, mode);
	why = l == NULL ? errno : 0;
	log_close(l);
	dup2(err, STDERR_FILENO);
	n = pread_full(fd, said, size - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	close_fd(err);
	close_fd(fd);
	return l != NULL || why != EPROTONOSUPPORT;
}

static void check_log(struct trial *t, const char *dir, const char *version)
{
	static const enum log_mode modes[] = { LOG_WRITE, LOG_READ, LOG_PEEK };
	char said[512], theirs[32];

	snprintf(theirs, sizeof(theirs), "format %lu;", strtoul(version, NULL, 10));
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (opens(dir, modes[i], said, sizeof(said)))
			trial_fault(t, "a log of format %s is taken", version);
		else if (!tells(said, theirs, "knows format 1"))
			trial_fault(t, "not both versions: %s", said);
	}
}

/* Both sides fail, and neither log is touched. */
static void check_session(struct trial *t, const char *whose)
{
	struct buf spool = BUF_INIT(TREE_MAX), log = BUF_INIT(TREE_MAX), now = BUF_INIT(TREE_MAX);

	look(t, "node/spool", &spool);
	look(t, "master/archives/web7", &log);
	msg_more(-1); /* what it says was looked at before */
	exchange_session(t);
	msg_more(1);
	if (t->node.outcome->rc == 0 || t->master.outcome->rc == 0)
		trial_fault(t, "a session with %s of another format succeeds", whose);
	look(t, "node/spool", &now);
	if (strcmp(spool.data, now.data) != 0 || spool.len != now.len)
		trial_fault(t, "%s of another format: the spool has changed", whose);
	look(t, "master/archives/web7", &now);
	if (log.len != now.len || memcmp(log.data, now.data, log.len) != 0)
		trial_fault(t, "%s of another format: the archive has changed", whose);
	buf_free(&spool);
	buf_free(&log);
	buf_free(&now);
}

static void spool_format(struct trial *t, const char *version)
{
	char dir[192];

	snprintf(dir, sizeof(dir), "%s/node/spool", t->dir);
	change_format(dir, version);
	check_log(t, dir, version);
	check_session(t, "a spool");
}

static void archive_format(struct trial *t, const char *version)
{
	char *dir;
	int count;

	exchange_session(t);
	dir = exchange_archive(t, &count);
	if (dir == NULL || t->master.outcome->rc != 0)
		die(EX_SOFTWARE, "a session fails: %s", t->master.outcome->text);
	change_format(dir, version);
	check_log(t, dir, version);
	check_session(t, "an archive");
	free(dir);
}

/* --- All of it --- */

void versions_run(const struct world *w, size_t *passed, size_t *failed)
{
	static void (*const tests[])(struct trial *, const char *) = { session_version,
		registration_version, spool_format, archive_format };
	/* No number 0 was ever in use. */
	static const char *const numbers[][3] = { { "1", "10", "4294967295" },
		{ "1", "10", "4294967295" }, { "002", "010", "200" }, { "002", "010", "200" } };
	struct trial t = { .world = w };
	struct outcome o[2];

	t.listener = link_listen(&t.address);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		for (size_t n = 0; n < 3; n++) {
			t.kind = tests[i] == registration_version ? REGISTRATION : PULL;
			if (t.kind == REGISTRATION && w->no_registration != NULL)
				continue;
			t.failed = false;
			t.node.outcome = &o[0];
			t.master.outcome = &o[1];
			trial_dirs(&t);
			tests[i](&t, numbers[i][n]);
			trial_remove(&t);
			*passed += !t.failed;
			*failed += t.failed;
		}
	}
	close_fd(t.listener);
}
