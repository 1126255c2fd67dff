/* SPDX-License-Identifier: ISC */
/* A node that comes to a copy of a master: it is made up, added to the copy's
 * store, and does with the library what bijk-keyreg and bijk-push do. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/copy.h"
#include "bijk-doctor/play.h"
#include "bijk-doctor/process.h"
#include "bijk-doctor/trace.h"
#include "common/base/child.h"
#include "common/base/io.h"
#include "common/base/owner.h"
#include "common/exchange/sender.h"
#include "common/ssh/tunnel.h"
#include "common/trust/register.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

#define NODE_DIR COPY_DIR "/node"
#define NODE_NAME "rehearsal"
#define NODE_UID 65534
#define PUSH_PORT 50009
#define MASTER_USER "bijk-master"
#define PART_SECONDS 15

static char node_name[] = NODE_NAME, node_state[] = NODE_DIR, node_hash[] = NODE_DIR "/hash",
	    node_local[] = "stdio";

void play_master(struct play *p)
{
	struct argv recv = { .n = 0 }, keyrecv = { .n = 0 };
	uint8_t hash[HASH_SIZE];

	argv_add(&recv, BIJK_PREFIX "/sbin/bijk-recv");
	play_serve("127.0.0.1", PUSH_PORT, &recv, MASTER_USER);
	argv_add(&keyrecv, BIJK_PREFIX "/sbin/bijk-keyrecv");
	play_serve(p->route.ours, p->register_port, &keyrecv, MASTER_USER);
	randombytes_buf(hash, sizeof(hash));
	if (mkdir(NODE_DIR, 0700) == -1 || hash_write(AT_FDCWD, node_hash, hash) == -1 ||
	    chown(NODE_DIR, NODE_UID, NODE_UID) == -1 || chown(node_hash, NODE_UID, NODE_UID) == -1)
		return;
	copy_shell(BIJK_PREFIX "/sbin/bijk-master add " NODE_NAME " --hash " NODE_DIR "/hash");
}

/* --- As the node, in processes of their own --- */

static void configure(struct node_config *c, const struct play *p)
{
	static char *masters[1];
	char why[YAML_WHY_MAX];

	node_config_read("/dev/null", c, why);
	masters[0] = (char *)p->route.ours;
	c->name = node_name;
	c->state = node_state;
	c->hash = node_hash;
	c->local = node_local;
	c->masters.v = masters;
	c->masters.n = 1;
	c->ssh_port = p->route.port;
	c->register_port = p->register_port;
	c->timeout = PART_SECONDS;
}

static void say_fail(struct play *p, const struct fail *f)
{
	attempt_say(&p->attempt, f->text, strlen(f->text));
}

static int join(void *arg)
{
	struct play *p = arg;
	struct node_config c;
	struct registration e;
	struct fail f = { .text = "" };
	enum register_result result;

	p->attempt.reached = STAGE_CONNECT;
	if (owner_become(NODE_DIR) == -1)
		return 1;
	configure(&c, p);
	if (register_begin(&e, &c, deadline_in_s(1), &f) == -1 ||
	    register_restrict(&e, c.masters.v, 1, &f) == -1) {
		say_fail(p, &f);
		return 1;
	}
	result = register_with(&e, c.masters.v[0], &f);
	p->attempt.reached = result == REGISTER_TAKEN ? STAGE_DONE
	    : result == REGISTER_UNREACHABLE	      ? STAGE_CONNECT
						      : STAGE_ANSWER;
	if (result != REGISTER_TAKEN)
		say_fail(p, &f);
	register_end(&e, &f);
	return 0;
}

static void exchange(
    struct play *p, const struct node_config *c, const struct masters *ms, struct tunnel *t)
{
	struct send s = { .config = c,
		.direction = DIRECTION_PUSH,
		.master = masters_name(ms, c->masters.v[0]),
		.timeout = PART_SECONDS,
		.until = SEND_TO_POSITION };
	const char *why = "";
	struct ssh_verdict v;
	struct fail f = { .text = "" };

	hash_read(AT_FDCWD, c->hash, s.hash, &why);
	if (send_session(&s, t->fd, t->fd) == 0) {
		p->attempt.reached = STAGE_DONE;
		return;
	}
	tunnel_explain(t, &v, &f);
	p->attempt.reached = s.master_name[0] != '\0'
	    ? STAGE_ANSWER
	    : attempt_stage(t->said.data != NULL ? t->said.data : "");
	attempt_say_ssh(&p->attempt, t->said.data != NULL ? t->said.data : "");
	say_fail(p, v.trouble == SSH_TROUBLE_NONE ? &s.fail : &f);
}

static int push(void *arg)
{
	struct play *p = arg;
	struct node_config c;
	struct pushkey keys;
	struct masters *ms;
	struct ssh_verdict v;
	struct tunnel t;
	struct tunnel_to to;
	struct fail f = { .text = "" };

	p->attempt.reached = STAGE_CONNECT;
	if (owner_become(NODE_DIR) == -1)
		return 1;
	configure(&c, p);
	if (pushkey_open(&keys, &c, &f) == -1 ||
	    (ms = masters_open(&c, MASTERS_READ, DEADLINE_NEVER, &f)) == NULL) {
		say_fail(p, &f);
		return 1;
	}
	to = masters_tunnel(ms, &keys, c.masters.v[0]);
	if (tunnel_open(&t, &to, &v, &f) == 0)
		exchange(p, &c, ms, &t);
	else
		say_fail(p, &f);
	tunnel_close(&t);
	return 0;
}

void play_node(struct play *p, const struct copy *c, struct trace *t)
{
	struct attempt *a = &p->attempt;

	copy_there(c);
	play_worker(t, p->part == PART_JOIN ? join : push, p);
	copy_here(c);
	if (a->reached == STAGE_DONE)
		return;
	if (a->reached <= STAGE_BANNER)
		a->dropped = trace_end(t, &a->drop);
	play_say(p, c);
}
