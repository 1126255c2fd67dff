/* SPDX-License-Identifier: ISC */
/* Subcommands for the two cards: import (a node's), export (the master's). */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/hostaddr.h"
#include "common/base/msg.h"
#include "common/base/text.h"
#include "master/admin/admin.h"
#include "master/card.h"

#include "common/base/banned.h"

int admin_export(struct admin *a, int argc, char **argv)
{
	static const struct option longs[] = { OPTIONS_LONG,
		{ "address", required_argument, NULL, OPTION_OWN }, { 0 } };
	const char *address = NULL;
	struct buf card = BUF_INIT(CARD_MAX);
	struct fail f;

	while (options_next(argc, argv, OPTIONS_SHORT, longs, &a->options) != -1)
		address = optarg;
	admin_no_operand_or_die(a, argc);
	if (address != NULL && !hostaddr_portable(address))
		usage_error(&a->options, "`%s` is not a host name or an address", vis_str(address));
	admin_open_or_die(a); /* the pull key is made in the store's directory */
	if (master_card_export(&a->config, address, &card, &f) == -1)
		die(f.exit_code, "%s", f.text);
	fwrite(card.data, 1, card.len, stdout);
	buf_free(&card);
	return out_flush();
}

int admin_import(struct admin *a, int argc, char **argv)
{
	struct buf card = BUF_INIT(CARD_MAX);
	char known_as[NODE_NAME_MAX + 1] = "";
	const char *name = NULL;
	struct fail f;
	bool changed = false;
	int rc;

	admin_flag_or_die(a, argc, argv, NULL);
	if (optind < argc)
		name = admin_name_or_die(a, argc, argv);
	admin_config_or_die(a);
	admin_input_or_die(NULL, "a card", &card);
	admin_store_or_die(a);
	rc = master_card_import(&a->config, a->store, name, card.data != NULL ? card.data : "",
	    card.len, known_as, &changed, &f);
	if (card.data != NULL)
		sodium_memzero(card.data, card.cap); /* it holds the hash */
	buf_free(&card);
	if (rc == -1)
		die(f.exit_code, "%s", f.text);
	printf("%s: %s\n", known_as, changed ? "imported" : "the card has nothing new");
	return out_flush();
}
