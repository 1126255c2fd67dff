/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-keyreg/keyreg.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/sandbox.h"
#include "common/trust/keypair.h"
#include "common/trust/masters.h"
#include "common/trust/own_card.h"

#include "common/base/banned.h"

#define INPUT_SECONDS 600 /* for an import, whose other end may be a person at a prompt */

static int print_card(const struct card *card)
{
	struct buf text = BUF_INIT(CARD_MAX);
	int rc = 0;

	if (card_format(card, &text) == -1 ||
	    write_full(STDOUT_FILENO, text.data, text.len) == -1) {
		msg_error("writing the card: %s", strerror(errno));
		rc = EX_IOERR;
	}
	if (text.data != NULL)
		sodium_memzero(text.data, text.cap); /* it holds the hash */
	buf_free(&text);
	return rc;
}

int keyreg_export(const struct node_config *c)
{
	struct card card = { .kind = CARD_NODE };
	struct pushkey keys;
	struct fail f;
	int rc;

	if (pushkey_open(&keys, c, &f) == -1 || own_card_make(&card, c, &keys, &f) == -1) {
		msg_error("making the card: %s", f.text);
		rc = f.exit_code;
	} else {
		sandbox_enter_or_die(&(struct sandbox){ .needs = 0 });
		rc = print_card(&card);
	}
	card_free(&card);
	pushkey_close(&keys);
	return rc;
}

static int keep_card(const struct node_config *c, const struct card *card)
{
	struct fail f;
	struct masters *p = masters_open(c, MASTERS_CHANGE, deadline_in_s(KEYREG_LOCK_SECONDS), &f);
	bool changed;
	int rc = 0;

	if (p == NULL || masters_import(p, card, &changed, &f) == -1) {
		msg_error("keeping the card: %s", f.text);
		rc = f.exit_code;
	} else {
		msg_info("the card of master %s at %s is kept%s", card->name, card->address,
		    changed ? "" : "; nothing in it is new");
	}
	masters_close(p);
	return rc;
}

int keyreg_import(const struct node_config *c, int fd)
{
	struct buf text = BUF_INIT(CARD_MAX);
	struct card card = { .kind = CARD_MASTER };
	const char *why;
	unsigned line;
	int rc = EX_DATAERR;

	sandbox_enter_or_die(&(struct sandbox){ .needs = SANDBOX_FILES, .dirs = { c->state } });
	if (read_all(fd, &text, deadline_in_s(INPUT_SECONDS)) == -1) {
		msg_error("reading the card: %s", strerror(errno));
		rc = errno == EMSGSIZE ? EX_DATAERR : EX_IOERR;
	} else if (text.len == 0) {
		msg_error("reading the card: it is empty");
	} else if (card_parse(&card, text.data, text.len, &line, &why) == -1) {
		msg_error("the card, line %u: %s", line, why);
	} else if (card.kind != CARD_MASTER) {
		msg_error("the card is that of a node, not of a master");
	} else {
		rc = keep_card(c, &card);
		if (rc == 0 && c->masters.n > 0 && !masters_configured(c, card.address))
			msg_warn(
			    "%s is not in sender.masters: it may pull, but is not pushed to; "
			    "bijk-master export --address ADDRESS makes the card for another name",
			    card.address);
	}
	card_free(&card);
	buf_free(&text);
	return rc;
}
