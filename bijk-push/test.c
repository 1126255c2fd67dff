/* SPDX-License-Identifier: ISC */
/*
 * bijk-push --test: what this node has, and the way to each master, really
 * taken: its sshd, registration, the tunnel, and the exchange up to FROM.
 * Nothing of the spool is sent, and nothing is kept on either side, but that a
 * master which has forgotten this node lists it as pending.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-push/push.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/sock.h"
#include "common/base/text.h"
#include "common/exchange/sender.h"
#include "common/exchange/wire.h"
#include "common/log/log.h"
#include "common/log/spool.h"
#include "common/trust/register.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

#define CONNECT_SECONDS 4
#define TALK_SECONDS 10
#define SKEW_MAX 60
#define OLD 3600     /* seconds without a master that records may wait for */
#define SPOOL_LOW 10 /* one part of so many of spool.max_size is little */

enum word { OK, NOTE, BAD };

/* A line, about a master unless `address` is NULL. True: the next step can be
 * tried. */
__attribute__((format(printf, 4, 5))) static bool step(
    enum word word, const char *address, const char *what, const char *fmt, ...)
{
	static const char *const words[] = { "ok", "note", "bad" };
	char text[1024], shown[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	vis(shown, sizeof(shown), text, strlen(text));
	printf("%-4s  %s%s%s: %s\n", words[word], address != NULL ? vis_str(address) : "",
	    address != NULL ? ", " : "", what, shown);
	fflush(stdout);
	return word != BAD;
}

/* --- What is here --- */

/* The log, and when a master last took from it. False: it cannot be opened. */
static bool test_records(const struct node_config *c)
{
	char *path = spool_path(c), size[32], most[32], age[32], who[48] = "no master has";
	struct log *l = path != NULL ? log_open(path, LOG_PEEK) : NULL;
	struct contact k;
	uint64_t left, first;
	int64_t now = now_s(), last;
	bool none = l == NULL && errno == ENOENT, pull, on = true;

	contact_read(c, &k);
	pull = k.last_pull > k.push_ended;
	last = pull ? k.last_pull : k.push_ended;
	if (l == NULL) {
		on = step(none ? NOTE : BAD, NULL, "records", "%s%s",
		    none ? "none was ever stored" : "the spool cannot be opened: ",
		    none ? "" : strerror(errno));
	} else {
		first = log_first(l);
		left = log_acked(path);
		left = log_next(l) - (left < first ? first : left);
		num_show_size(size, sizeof(size), log_size(l));
		num_show_size(most, sizeof(most), c->max_size);
		if (c->copies > 1)
			snprintf(
			    who, sizeof(who), "fewer than %" PRIu64 " masters have", c->copies);
		step(left > 0 &&
			    ((last > 0 && last < now - OLD) ||
				log_size(l) > c->max_size - c->max_size / SPOOL_LOW)
			? NOTE
			: OK,
		    NULL, "records", "%" PRIu64 " that %s; %s of %s (spool.max_size)", left, who,
		    size, most);
	}
	if (last > 0)
		step(OK, NULL, "last contact", "%s ago, a %s %s",
		    num_show_span(age, sizeof(age), now > last ? now - last : 0),
		    pull ? "pull by" : "push to", pull ? k.pull_master : k.push_master);
	log_close(l);
	free(path);
	return on;
}

/* False: without it no push can be tried. */
static bool test_own(struct known *k, struct push *p)
{
	const struct node_config *c = k->config;
	const char *why = "";
	struct fail f = { .text = "" };
	bool hash = hash_read(AT_FDCWD, c->hash, p->hash, &why) == 0;
	int key = pushkey_find(&k->keys, c, &f);

	step(hash ? OK : BAD, NULL, "hash", "%s%s%s", c->hash, hash ? "" : ": ", hash ? "" : why);
	/* The next push makes one, and registers it. */
	step(key == 1				    ? OK
		: key == 0 && c->mode != PUSH_NEVER ? NOTE
						    : BAD,
	    NULL, "key pair", "%s%s", key == -1 ? f.text : k->keys.path,
	    key == 0 ? " is not there" : "");
	k->masters = masters_open(c, MASTERS_READ, DEADLINE_NEVER, &f);
	if (k->masters == NULL)
		step(BAD, NULL, "keys of the masters", "%s", f.text);
	else if (masters_stale(k->masters))
		step(BAD, NULL, "keys of the masters",
		    "authorized_keys or known_hosts is not what registration wrote: a line is "
		    "missing or another");
	else
		step(OK, NULL, "keys of the masters",
		    "%zu in authorized_keys, as registration wrote them", masters_keys(k->masters));
	return test_records(c) && hash && key == 1 && k->masters != NULL;
}

/* --- The way to a master --- */

/* Where pulls come, no push is needed: that there is no way is only a note. */
static enum word no_way(const struct node_config *c)
{
	return contact_pulls_come(c) ? NOTE : BAD;
}

/* -1: errno. */
static int reach(const char *address, uint64_t port)
{
	const char *why;

	return sock_connect(address, (uint16_t)port, deadline_in_s(CONNECT_SECONDS), &why);
}

/* Its sshd does not answer us: pulls may come all the same, but not from a
 * machine that is down. */
static enum word no_sshd(const struct node_config *c, const char *address, int error)
{
	int fd;

	if (error != ECONNREFUSED) {
		fd = reach(address, c->register_port);
		if (fd == -1 && errno != ECONNREFUSED)
			return BAD;
		close_fd(fd);
	}
	return no_way(c);
}

static const char *closed(int error)
{
	switch (error) {
	case ECONNREFUSED: return "is closed: nobody listens there, or a firewall refuses it";
	case EHOSTUNREACH:
	case ENETUNREACH: return "cannot be reached: there is no route, or a firewall says so";
	default: return "does not answer: a firewall drops it, or the machine is down";
	}
}

static bool talk(const char *address, const struct card *me, int fd)
{
	struct card answer = { .kind = CARD_MASTER };
	struct fail f = { .text = "" };
	enum register_result r = REGISTER_FAILED;
	struct wire w;
	bool on;

	if (wire_init(&w, fd, fd) == 0) {
		wire_limit_total(&w, deadline_in_s(TALK_SECONDS));
		r = register_talk(me, &w, &answer, &f);
	}
	if (r == REGISTER_TAKEN)
		on = step(OK, address, "registration", "it is master %s, and takes this node",
		    answer.name);
	else
		on = step(
		    r == REGISTER_UNREACHABLE ? NOTE : BAD, address, "registration", "%s", f.text);
	wire_free(&w);
	card_free(&answer);
	return on;
}

/*
 * To ask is to register, which changes nothing only where the master has all of
 * it already: so this is asked only if what the node would say is what it said
 * when it was taken.
 */
static bool ask_master(const struct known *k, const char *address, int fd)
{
	const struct register_state *s = masters_state(k->masters, address);
	struct card me = { .kind = CARD_NODE };
	struct fail f = { .text = "" };
	bool made = own_card_make(&me, k->config, &k->keys, &f) == 0, on;

	if (made && !own_card_address(k->config, address, me.address))
		me.address[0] = '\0';
	if (!made)
		on = step(BAD, address, "registration", "%s", f.text);
	else if (register_state_hostkeys(s, &me))
		on = step(BAD, address, "registration",
		    "it was told other host keys than are here now, and pulls nothing until it "
		    "is told these");
	else if (register_state_outdated(s, &me))
		on = step(NOTE, address, "registration",
		    "it was told another address or port than are here now; bijk-push tells it "
		    "within minutes");
	else if (s->taken == 0 || me.hostkeys.n == 0)
		on = step(OK, address, "registration", "it has this node's key");
	else
		on = talk(address, &me, fd);
	card_free(&me);
	return on;
}

/* It has not taken the key that we have: the last try to register says why. */
static bool not_registered(const struct known *k, const char *address)
{
	const struct register_state *s = masters_state(k->masters, address);

	if (register_state_renamed(s, k->config->name))
		return step(BAD, address, "registration",
		    "this node is now called %s, but registered there as %s", k->config->name,
		    s->name);
	return step(BAD, address, "registration", "%s",
	    strcmp(s->result, "pending") == 0 || strcmp(s->result, "refused") == 0
		? s->reason
		: "this node has not registered the key that it has now");
}

/* Once registered, records flow without that port. */
static bool try_registration(const struct known *k, const char *address, bool taken)
{
	unsigned port = (unsigned)k->config->register_port;
	int fd = reach(address, port);
	bool on;

	if (fd == -1)
		return step(taken ? NOTE : BAD, address, "registration", "port %u %s%s", port,
		    closed(errno),
		    taken ? "; this node is registered, but new keys cannot get there" : "");
	on = taken ? ask_master(k, address, fd) : not_registered(k, address);
	close(fd);
	return on;
}

/* Only who has proved to be our master is believed about the time. */
static void tell_clock(const char *address, int64_t skew)
{
	int64_t apart = skew < 0 ? -skew : skew;
	char span[32];

	num_show_span(span, sizeof(span), apart);
	if (apart <= SKEW_MAX)
		step(OK, address, "clock", "at most %s apart", span);
	else
		step(NOTE, address, "clock",
		    "ours is %s %s the master's: new records bear a wrong time", span,
		    skew > 0 ? "behind" : "ahead of");
}

static bool try_push(const struct push *p, const char *address)
{
	struct send s;
	int rc = push_try(p, address, &s);
	bool on;

	if (rc == 1)
		on = step(OK, address, "exchange", "it knows the hash%s",
		    s.wait > 0 ? "; a push now would come too early for it" : "");
	else if (s.master_name[0] != '\0')
		on = step(rc == 0 ? NOTE : BAD, address, "exchange", "%s", s.fail.text);
	else
		on = step(rc == 0 ? NOTE : no_way(p->known->config), address, "tunnel", "%s",
		    s.fail.text);
	if (s.proved)
		tell_clock(address, s.skew);
	return on;
}

static bool test_master(const struct push *p, const char *address)
{
	const struct known *k = p->known;
	unsigned port = (unsigned)k->config->ssh_port;
	bool push = k->config->mode != PUSH_NEVER, taken;
	const char *why = "";
	struct addrinfo *list = sock_look_up(address, 0, &why);
	int fd, error;

	if (list == NULL)
		return step(no_way(k->config), address, "name", "%s", why);
	freeaddrinfo(list);
	if (push) {
		fd = reach(address, port);
		if (fd == -1) {
			error = errno;
			return step(no_sshd(k->config, address, error), address, "sshd",
			    "port %u %s", port, closed(error));
		}
		step(OK, address, "sshd", "port %u answers", port);
		close(fd);
	}
	/* A key that is refused costs whoever shares our address a penalty:
	 * none is shown that is not known there. */
	taken = masters_registered(k->masters, address, &k->keys) != UNREGISTERED;
	return try_registration(k, address, taken) && (!push || !taken || try_push(p, address));
}

int test_masters(const struct node_config *c)
{
	struct known k = { .config = c };
	struct push p = { .known = &k, .only_try = true };
	bool on = test_own(&k, &p);
	int code = on ? 0 : EX_UNAVAILABLE;

	for (size_t i = 0; i < c->masters.n; i++) {
		const char *address = c->masters.v[i];
		const struct register_state *s =
		    k.masters != NULL ? masters_state(k.masters, address) : NULL;

		if (s != NULL && s->port != 0)
			step(OK, address, "told", "this node is %s, at %s port %u", s->name,
			    s->address, (unsigned)s->port);
		if (on && !test_master(&p, address))
			code = EX_UNAVAILABLE;
	}
	sodium_memzero(p.hash, sizeof(p.hash));
	known_close(&k);
	return out_flush() != 0 ? EX_IOERR : code;
}
