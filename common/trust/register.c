/* SPDX-License-Identifier: ISC */
#include "common/trust/register.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/sandbox.h"
#include "common/base/sock.h"
#include "common/exchange/lines.h"
#include "common/exchange/proof.h"
#include "common/exchange/wire.h"
#include "common/ssh/sshd.h"
#include "common/trust/card.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

/* --- This node's own card --- */

/* Of this machine or this link alone: nobody elsewhere reaches it. */
static bool is_local(const char *addr)
{
	struct in6_addr six;

	if (inet_pton(AF_INET6, addr, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_LINKLOCAL(&six);
	return strncmp(addr, "127.", 4) == 0 || strncmp(addr, "169.254.", 8) == 0;
}

bool own_card_address(const struct node_config *c, const char *master, char *out)
{
	char addr[SOCK_ADDR_MAX];

	if (c->address == NULL && (sock_source(master, addr) == -1 || is_local(addr)))
		return false;
	snprintf(out, OWN_CARD_ADDRESS, "%s", c->address != NULL ? c->address : addr);
	return true;
}

static void set_address(struct card *card, const struct node_config *c)
{
	char host[256] = "";

	for (size_t i = 0; i < c->masters.n; i++) {
		if (own_card_address(c, c->masters.v[i], card->address))
			return;
	}
	if (c->address != NULL) {
		snprintf(card->address, sizeof(card->address), "%s", c->address);
		return;
	}
	if (gethostname(host, sizeof(host) - 1) == 0 && hostaddr_valid(host) &&
	    !name_of_nobody(host))
		snprintf(card->address, sizeof(card->address), "%s", host);
}

static int set_sshd(
    struct card *card, const struct node_config *c, const char *identity, struct fail *f)
{
	card->port = c->port != 0 ? (uint16_t)c->port : sshd_port(identity);
	if (card->port == 0 && !sshd_here())
		return 0;
	if (sshkeys_add_glob(&card->hostkeys, c->host_keys) == -1)
		return fail_set(f, ERR_NONE, EX_CONFIG, "node.host_keys %s: %s", c->host_keys,
		    errno == EMSGSIZE ? "more than 32 keys" : strerror(errno));
	if (card->hostkeys.n == 0)
		msg_info("no host key of this node's sshd is found as %s", c->host_keys);
	return 0;
}

int own_card_make(
    struct card *card, const struct node_config *c, const struct pushkey *keys, struct fail *f)
{
	const char *why;

	*card = (struct card){ .kind = CARD_NODE };
	snprintf(card->name, sizeof(card->name), "%s", c->name);
	set_address(card, c);
	if (sshkeys_add(&card->keys, pushkey_newest(keys)) == -1)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	if (hash_read(AT_FDCWD, c->hash, card->hash, &why) == -1)
		return fail_set(f, ERR_NONE, EX_CONFIG, "reading the hash %s: %s", c->hash, why);
	card->has_hash = true;
	return set_sshd(card, c, keys->path, f);
}

/* --- Registering --- */

static const char *const result_words[] = {
	[REGISTER_TAKEN] = "taken",
	[REGISTER_PENDING] = "pending",
	[REGISTER_REFUSED] = "refused",
	[REGISTER_UNREACHABLE] = "unreachable",
	[REGISTER_FAILED] = "failed",
};

int register_begin(
    struct registration *e, const struct node_config *c, deadline_t d, struct fail *f)
{
	*e = (struct registration){ .config = c };
	e->masters = masters_open(c, MASTERS_CHANGE, d, f);
	if (e->masters == NULL || pushkey_open(&e->keys, c, f) == -1)
		return -1;
	return own_card_make(&e->card, c, &e->keys, f);
}

int register_rotate(struct registration *e, struct fail *f)
{
	if (pushkey_rotate(&e->keys, e->config, f) == -1)
		return -1;
	card_free(&e->card);
	return own_card_make(&e->card, e->config, &e->keys, f);
}

int register_restrict(struct registration *e, char *const *masters, size_t n, struct fail *f)
{
	uint16_t port = (uint16_t)e->config->register_port;
	struct sandbox box = { .needs = SANDBOX_FILES, .dirs = { e->config->state }, .port = port };
	const char *part;

	e->hosts = calloc(n > 0 ? n : 1, sizeof(*e->hosts));
	if (e->hosts == NULL)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	for (; e->n < n; e->n++) {
		struct register_host *h = &e->hosts[e->n];
		h->address = masters[e->n];
		h->list = sock_look_up(h->address, port, &h->why);
		own_card_address(e->config, h->address, h->ours);
	}
	if (sandbox_enter(&box, &part) == -1)
		return fail_set(f, ERR_NONE, EX_OSERR, "restricting this process: %s: %s", part,
		    strerror(errno));
	return 0;
}

/*
 * To a master that was looked up; without register_restrict(), to any. -1: f.
 */
static int connect_to_master(
    struct registration *e, const char *address, deadline_t d, struct fail *f)
{
	uint16_t port = (uint16_t)e->config->register_port;
	const struct register_host *h = NULL;
	const char *why;
	int fd;

	for (size_t i = 0; i < e->n; i++) {
		if (strcmp(e->hosts[i].address, address) == 0)
			h = &e->hosts[i];
	}
	if (h == NULL) {
		fd = sock_connect(address, port, d, &why);
	} else if (h->list == NULL) {
		return fail_set(
		    f, ERR_NONE, EX_UNAVAILABLE, "its name cannot be resolved: %s", h->why);
	} else {
		snprintf(e->card.address, sizeof(e->card.address), "%s", h->ours);
		fd = sock_connect_to(h->list, d, &why);
	}
	if (fd == -1)
		fail_set(f, ERR_NONE, EX_UNAVAILABLE, "port %u: %s", (unsigned)port, why);
	return fd;
}

/* The stream ended, fell silent, or is none of ours. */
static enum register_result lost(struct fail *f, const char *where)
{
	if (errno == EBADMSG) {
		fail_set(f, ERR_PROTO, EX_PROTOCOL, "%s is not a line of the protocol", where);
		return REGISTER_REFUSED;
	}
	if (errno == ETIMEDOUT)
		fail_set(f, ERR_NONE, EX_UNAVAILABLE, "%s did not arrive within %d s", where,
		    REGISTER_SECONDS);
	else
		fail_set(f, ERR_NONE, EX_UNAVAILABLE, "the connection ended before %s came", where);
	return REGISTER_UNREACHABLE;
}

static bool is_err(const char *line)
{
	return strncmp(line, "ERR ", 4) == 0;
}

/* `node` is NULL before we have said who we are. */
static enum register_result refusal(
    const char *line, const char *master, const char *node, struct fail *f)
{
	enum err_code code = ERR_PROTO;
	const char *text = "";

	err_line_parse(line, &code, &text);
	if (code == ERR_AUTH && node != NULL)
		fail_set(f, code, EX_NOPERM,
		    "%s refuses the name %s: it does not know it, or has another hash for it, as "
		    "of another "
		    "machine; there, `bijk-master list` says who has it, and node.name here gives "
		    "another",
		    master, node);
	else if (code == ERR_STORE)
		fail_set(f, code, EX_TEMPFAIL,
		    "%s cannot answer: a file of its store, or its disk, fails; see its log",
		    master);
	else
		fail_set(f, code, err_code_exit(code), "%s refuses: %s%s%.200s", master,
		    err_code_name(code), text[0] != '\0' ? ": " : "", text);
	return code == ERR_BUSY || code == ERR_STORE ? REGISTER_UNREACHABLE : REGISTER_REFUSED;
}

static enum register_result hear_greeting(
    struct wire *w, char line[WIRE_LINE_MAX], struct greeting *g, struct fail *f)
{
	uint64_t version;

	if (wire_get_line(w, line) != 1)
		return lost(f, "the greeting");
	if (is_err(line))
		return refusal(line, "it", NULL, f);
	if (greeting_parse(g, GREETING_REGISTER, line, &version) == 0)
		return REGISTER_TAKEN;
	if (version != 0)
		fail_set(f, ERR_VERSION, EX_PROTOCOL,
		    "it greets with %.30s, this node speaks BIJKREG 2; upgrade the older of "
		    "the two",
		    line);
	else
		fail_set(f, ERR_PROTO, EX_PROTOCOL, "no greeting of a registration: %.80s", line);
	return REGISTER_REFUSED;
}

/* The lines from MASTER to END, of which the first is in `line` already. */
static enum register_result hear_rest(
    struct wire *w, char line[WIRE_LINE_MAX], struct buf *text, struct fail *f)
{
	for (;;) {
		buf_adds(text, line);
		buf_adds(text, "\n");
		if (!buf_ok(text)) {
			fail_set(f, ERR_PROTO, EX_PROTOCOL, "the answer is too long");
			return REGISTER_REFUSED;
		}
		if (strncmp(line, "END ", 4) == 0)
			return REGISTER_TAKEN;
		if (wire_get_line(w, line) != 1)
			return lost(f, "the end of the answer");
	}
}

static enum register_result hear_answer(
    struct wire *w, const char *node, const char *master, struct buf *text, struct fail *f)
{
	char line[WIRE_LINE_MAX];

	if (wire_get_line(w, line) != 1)
		return lost(f, "the answer");
	if (is_err(line))
		return refusal(line, master, node, f);
	if (strncmp(line, "PENDING", 7) == 0 && (line[7] == ' ' || line[7] == '\0')) {
		fail_set(f, ERR_NONE, EX_TEMPFAIL,
		    "pending: %s does not know %s yet; there, as root: bijk-master add %s", master,
		    node, node);
		return REGISTER_PENDING;
	}
	return hear_rest(w, line, text, f);
}

/* Only what is proved gets into *answer. */
enum register_result register_talk(
    const struct card *me, struct wire *w, struct card *answer, struct fail *f)
{
	struct buf request = BUF_INIT(REGISTRATION_MAX), text = BUF_INIT(REGISTRATION_MAX);
	char greeting[WIRE_LINE_MAX];
	uint8_t nonce[NONCE_SIZE];
	struct greeting g;
	const char *why;
	uint8_t secret[SECRET_SIZE];
	enum register_result r = hear_greeting(w, greeting, &g, f);

	if (r != REGISTER_TAKEN)
		return r;
	secret_derive(me->hash, g.name, secret);
	randombytes_buf(nonce, sizeof(nonce));
	if (register_request_format(me, greeting, nonce, secret, &request) == -1) {
		fail_set(f, ERR_NONE, EX_OSERR, "making the request: %s", strerror(errno));
		r = REGISTER_FAILED;
		goto out;
	}
	/* If it does not take all of it, it may have said why. */
	wire_put(w, request.data, request.len);
	r = hear_answer(w, me->name, g.name, &text, f);
	if (r != REGISTER_TAKEN)
		goto out;
	r = REGISTER_REFUSED;
	if (!register_answer_proved(
		text.data, text.len, greeting, request.data, request.len, secret))
		fail_set(f, ERR_AUTH, EX_NOPERM,
		    "it could not prove that it has this node's hash; nothing was changed");
	else if (register_answer_parse(answer, text.data, text.len, &why) == -1)
		fail_set(f, ERR_PROTO, EX_PROTOCOL, "its answer: %s", why);
	else if (strcmp(answer->name, g.name) != 0)
		fail_set(f, ERR_PROTO, EX_PROTOCOL, "it greets as %s and answers as %s", g.name,
		    answer->name);
	else
		r = REGISTER_TAKEN;
out:
	sodium_memzero(secret, sizeof(secret));
	buf_free(&request);
	buf_free(&text);
	return r;
}

static enum register_result connect_and_talk(
    struct registration *e, const char *address, struct card *answer, struct fail *f)
{
	deadline_t d = deadline_in_s(REGISTER_SECONDS);
	enum register_result r = REGISTER_FAILED;
	struct wire w;
	int fd = connect_to_master(e, address, d, f);

	if (fd == -1)
		return REGISTER_UNREACHABLE;
	if (wire_init(&w, fd, fd) == -1) {
		fail_set(f, ERR_NONE, EX_OSERR, "%s", strerror(errno));
	} else {
		wire_limit_total(&w, d);
		r = register_talk(&e->card, &w, answer, f);
	}
	wire_free(&w);
	close(fd);
	return r;
}

/* Only a person knows whether a machine was renamed, or is another one. */
static void explain_name(const struct registration *e, const char *address, struct fail *f)
{
	const struct register_state *s = masters_state(e->masters, address);
	char why[FAIL_TEXT_MAX];

	if (s == NULL || !register_state_renamed(s, e->card.name))
		return;
	snprintf(why, sizeof(why), "%s", f->text);
	fail_set(f, f->code, f->exit_code,
	    "this node is now called %s, but registered as %s: set node.name: %s to go on as that, "
	    "or, if %s is another machine or is to keep its records apart, openssl rand -hex 32 "
	    ">%s here, and on the master add %s (%.200s)",
	    e->card.name, s->name, s->name, s->name, e->config->hash, e->card.name, why);
}

enum register_result register_with(struct registration *e, const char *address, struct fail *f)
{
	const struct sshkey *key = pushkey_newest(&e->keys);
	struct card answer = { .kind = CARD_MASTER };
	enum register_result r = connect_and_talk(e, address, &answer, f);

	if (r == REGISTER_TAKEN &&
	    masters_put(e->masters, address, &answer, key, &e->card, f) == -1)
		r = REGISTER_FAILED;
	if (r == REGISTER_PENDING || r == REGISTER_REFUSED)
		explain_name(e, address, f);
	if (r == REGISTER_TAKEN)
		msg_info("registered with %s, which is master %s", address, answer.name);
	else
		masters_note(e->masters, address, result_words[r], f->text);
	card_free(&answer);
	return r;
}

/* Ends a rotation that is complete. */
static int settle_rotation(struct registration *e, struct fail *f)
{
	const struct yaml_list *masters = &e->config->masters;

	if (!e->keys.rotating)
		return 0;
	for (size_t i = 0; i < masters->n; i++) {
		if (!masters_took(e->masters, masters->v[i], &e->keys.next))
			return 0;
	}
	if (pushkey_promote(&e->keys, f) == -1)
		return -1;
	msg_info("every master has the new key: the old one is removed");
	return 0;
}

int register_end(struct registration *e, struct fail *f)
{
	int rc = e->masters != NULL ? settle_rotation(e, f) : 0;

	for (size_t i = 0; i < e->n; i++) {
		if (e->hosts[i].list != NULL)
			freeaddrinfo(e->hosts[i].list);
	}
	free(e->hosts);
	card_free(&e->card);
	pushkey_close(&e->keys);
	masters_close(e->masters);
	*e = (struct registration){ .masters = NULL };
	return rc;
}
