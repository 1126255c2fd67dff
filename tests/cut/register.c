/* SPDX-License-Identifier: ISC */
/*
 * Trials of a registration: register_with() on the node, all of bijk-keyrecv on the master, which is
 * linked here with its main under another name.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/trust/keypair.h"
#include "common/trust/register.h"
#include "master/pullkey.h"
#include "master/store/store.h"
#include "tests/cut/trial.h"
#include "tests/oracle/tree.h"

#include "common/base/banned.h"

#define NODE "web7"
#define ADDRESS "127.0.0.1"
#define KEYGEN "/usr/bin/ssh-keygen"
#define KEYRECV_SECONDS 30
#define DRAIN_SECONDS 10
#define FACTS_MAX (1u << 20)

int keyrecv_main(int argc, char **argv);

/* --- What each side holds --- */

/* Files of a side that a registration writes: their paths and contents. */
static void facts(const char *state, const char *const *names, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; names[i] != NULL; i++) {
		struct buf b = BUF_INIT(FACTS_MAX);
		char *path = path_join(state, names[i]);
		if (path != NULL && file_read(AT_FDCWD, path, &b) == 0)
			buf_addf(out, "%s:\n%s\n", names[i], b.len > 0 ? b.data : "");
		buf_free(&b);
		free(path);
	}
	buf_adds(out, "");
}

static const char *const node_names[] = { "masters/" ADDRESS, "known_hosts", ".ssh/authorized_keys",
	NULL };
static const char *const master_names[] = { "nodes/" NODE "/push.pub", "nodes/" NODE "/known_hosts",
	NULL };
static const char *const master_times[] = { "nodes/" NODE "/registered", NULL };

static bool has(const char *state, const char *name)
{
	char *path = path_join(state, name);
	bool there = path != NULL && file_exists(AT_FDCWD, path);

	free(path);
	return there;
}

/* Of the registration that nothing cut. */
static struct buf node_facts = BUF_INIT(FACTS_MAX), master_facts = BUF_INIT(FACTS_MAX);

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* --- One registration --- */

static void run_node(struct trial *t)
{
	struct outcome *o = t->node.outcome;
	struct fail f = { .exit_code = 0 };
	struct registration e;

	if (register_begin(&e, &t->node_config, deadline_in_s(LIMIT_SECONDS), &f) == -1)
		o->rc = REGISTER_FAILED;
	else
		o->rc = (int)register_with(&e, ADDRESS, &f);
	o->exit_code = o->rc == REGISTER_TAKEN ? 0 : f.exit_code;
	snprintf(o->text, sizeof(o->text), "%s", f.text);
	if (register_end(&e, &f) == -1)
		o->rc = REGISTER_FAILED;
	party_exit(&t->node, 0);
}

static void run_master(struct trial *t)
{
	char program[] = "bijk-keyrecv", option[] = "-f", file[160];
	char *argv[] = { program, option, file, NULL };

	snprintf(file, sizeof(file), "%s/master.yml", t->dir);
	/* Options may have been read before, in this process's parent. */
	optind = 1;
	party_exit(&t->master, keyrecv_main(3, argv));
}

static void session(struct trial *t, const struct cut *cut)
{
	int fd;

	t->link = (struct link){ .cut = *cut, .from = { -1, -1 }, .to = { -1, -1 } };
	t->node_config.register_port = ntohs(t->address.sin_port);
	if (link_join(&t->link, DOWN, JOINT_TCP, t->listener, &t->address, &t->master.ends) == -1)
		die(EX_OSERR, "joining: %s", strerror(errno));
	t->node.ends = (struct ends){ -1, -1 };
	if (party_fork(&t->node))
		run_node(t);
	if (party_fork(&t->master))
		run_master(t);
	/* The node makes its own connection. */
	if (wait_fd(t->listener, POLLIN, deadline_in_s(LIMIT_SECONDS)) != 1 ||
	    (fd = accept4(t->listener, NULL, NULL, SOCK_CLOEXEC)) == -1)
		die(EX_OSERR, "the node does not connect: %s", strerror(errno));
	link_take(&t->link, UP, fd);
	if (!link_run(&t->link, deadline_in_s(LIMIT_SECONDS)))
		trial_fault(t, "the registration came to no end");
}

/* --- Afterwards --- */

/* Was all of the answer passed, which ends in the second END of the conversation? */
static bool answered(const struct link *l)
{
	const struct stream *s = &l->said[DOWN];
	struct piece p;

	return stream_count(s, s->passed, WORD_END, &p) > 0;
}

static bool asked(const struct link *l)
{
	const struct stream *s = &l->said[UP];
	struct piece p;

	return stream_count(s, s->passed, WORD_END, &p) > 0;
}

static bool node_has(const struct trial *t)
{
	return has(t->node_config.state, node_names[0]);
}

/* Of a master that came to its end: all of it or nothing. */
static bool master_has(struct trial *t)
{
	const char *state = t->master_config.state;
	bool key = has(state, master_names[0]);

	if (has(state, master_names[1]) != key || has(state, master_times[0]) != key)
		trial_fault(t, "the master keeps half of a registration");
	return key;
}

static void check_cut(struct trial *t, int node, int master)
{
	const struct outcome *o = t->node.outcome;
	int code = WIFEXITED(master) ? WEXITSTATUS(master) : -1;

	if (node != 0 || !o->returned)
		trial_fault(t, "the node did not end by itself: wait status %#x", (unsigned)node);
	else if (o->rc != REGISTER_TAKEN &&
	    (o->rc != REGISTER_UNREACHABLE || o->exit_code != EX_UNAVAILABLE))
		trial_fault(
		    t, "the node takes the cut for something else: %d, %s", o->exit_code, o->text);
	if (code != 0 && code != EX_UNAVAILABLE && code != EX_TEMPFAIL)
		trial_fault(t, "bijk-keyrecv ended with wait status %#x", (unsigned)master);
	if (o->rc == REGISTER_TAKEN && !answered(&t->link))
		trial_fault(t, "the node takes half an answer");
	if (o->rc != REGISTER_TAKEN && answered(&t->link) && t->cut.how != CUT_RST)
		trial_fault(t, "the node does not take the whole answer: %s", o->text);
	if (node_has(t) != (o->rc == REGISTER_TAKEN))
		trial_fault(t, "the node keeps what it did not take");
	if (master_has(t) && !asked(&t->link))
		trial_fault(t, "the master takes half a request");
	if (node_has(t) && !master_has(t))
		trial_fault(t, "the node believes that it is registered, and is not");
}

/* Both sides have just what a registration brings that nothing cut. */
static void check_both(struct trial *t)
{
	struct buf b = BUF_INIT(FACTS_MAX);

	facts(t->node_config.state, node_names, &b);
	if (!same(&b, &node_facts))
		trial_fault(t, "the node has other facts than without the cut:\n%s", b.data);
	facts(t->master_config.state, master_names, &b);
	if (!same(&b, &master_facts))
		trial_fault(t, "the master has other facts than without the cut:\n%s", b.data);
	buf_free(&b);
}

static void go_on(struct trial *t)
{
	const struct cut none = { .how = CUT_NOT };
	struct buf before = BUF_INIT(FACTS_MAX), after = BUF_INIT(FACTS_MAX);
	bool known = master_has(t);
	int node, master;

	facts(t->master_config.state, master_times, &before);
	session(t, &none);
	node = trial_wait(t, "the node", &t->node, LIMIT_SECONDS);
	master = trial_wait(t, "bijk-keyrecv", &t->master, LIMIT_SECONDS);
	link_close(&t->link);
	if (node != 0 || t->node.outcome->rc != REGISTER_TAKEN)
		trial_fault(t, "the repeat fails on the node: %s", t->node.outcome->text);
	if (master != 0)
		trial_fault(t, "the repeat fails on the master: wait status %#x", (unsigned)master);
	master_has(t);
	check_both(t);
	facts(t->master_config.state, master_times, &after);
	if (known && !same(&before, &after))
		trial_fault(t, "the repeat changes what was registered");
	buf_free(&before);
	buf_free(&after);
}

/* bijk-keyrecv reads its configuration itself. */
static void write_config(const struct trial *t)
{
	struct buf b = BUF_INIT(1024);
	char *path = path_join(t->dir, "master.yml");

	buf_addf(&b, "master:\n  name: %s\n  state: %s\n  host_keys: %s\n", t->master_config.name,
	    t->master_config.state, t->master_config.host_keys);
	if (path == NULL || !buf_ok(&b) ||
	    file_replace(AT_FDCWD, path, b.data, b.len, 0600, FILE_UNSYNCED) == -1)
		die(EX_IOERR, "writing master.yml: %s", strerror(errno));
	buf_free(&b);
	free(path);
}

void registration_begin(struct trial *t)
{
	trial_dirs(t);
	write_config(t);
	session(t, &t->cut);
}

void registration_end(struct trial *t)
{
	int node, master;

	if (t->cut.how != CUT_NOT && t->link.cut_ms == 0)
		trial_fault(t, "the line was not cut: less was said");
	node = trial_wait(t, "the node", &t->node, REGISTER_SECONDS);
	master = trial_wait(t, "bijk-keyrecv", &t->master, KEYRECV_SECONDS + DRAIN_SECONDS);
	link_close(&t->link);
	check_cut(t, node, master);
	go_on(t);
}

/* --- Before --- */

/* Key pairs of both, made once: each trial begins with them. */
static void make_keys(const struct world *w, const struct trial *t)
{
	struct pushkey keys;
	struct sshkey pull;
	struct fail f;
	struct buf b = BUF_INIT(FACTS_MAX);
	char from[160], to[160];

	if (pushkey_open(&keys, &t->node_config, &f) == -1 ||
	    pullkey_open(&t->master_config, &pull, &f) == -1)
		die(EX_OSERR, "making keys: %s", f.text);
	pushkey_close(&keys);
	/* A public key is a public key: this one serves as host key of both. */
	snprintf(from, sizeof(from), "%s/master/id_ed25519.pub", t->dir);
	snprintf(to, sizeof(to), "%s/ssh_host_ed25519_key.pub", w->top);
	if (file_read(AT_FDCWD, from, &b) == -1 ||
	    file_replace(AT_FDCWD, to, b.data, b.len, 0600, FILE_UNSYNCED) == -1)
		die(EX_IOERR, "making a host key: %s", strerror(errno));
	buf_free(&b);
}

static void measure(struct world *w)
{
	struct trial t = { .world = w, .kind = REGISTRATION };
	struct shape *s = &w->shape[REGISTRATION];
	int master;

	t.node.outcome = outcomes(2);
	t.master.outcome = t.node.outcome + 1;
	t.listener = link_listen(&t.address);
	registration_begin(&t);
	trial_wait(&t, "the node", &t.node, LIMIT_SECONDS);
	master = trial_wait(&t, "bijk-keyrecv", &t.master, LIMIT_SECONDS);
	link_close(&t.link);
	close_fd(t.listener);
	if (t.failed || t.node.outcome->rc != REGISTER_TAKEN || master != 0)
		die(EX_SOFTWARE, "the registration that nothing cuts: %s; wait status %#x",
		    t.node.outcome->text, (unsigned)master);
	s->len[UP] = t.link.said[UP].len;
	s->len[DOWN] = t.link.said[DOWN].len;
	facts(t.node_config.state, node_names, &node_facts);
	facts(t.master_config.state, master_names, &master_facts);
	trial_remove(&t);
}

const char *registration_prepare(struct world *w)
{
	struct trial t = { .world = w, .kind = REGISTRATION };
	char path[160];

	if (access(KEYGEN, X_OK) == -1)
		return KEYGEN " is not here, and makes the keys";
	snprintf(path, sizeof(path), "%s/exchange", w->top);
	snprintf(t.dir, sizeof(t.dir), "%s/registration", w->top);
	trial_paths(&t);
	if (tree_copy(path, t.dir) == -1)
		die(EX_IOERR, "copying %s: %s", path, strerror(errno));
	make_keys(w, &t);
	measure(w);
	return NULL;
}
