/* SPDX-License-Identifier: ISC */
/*
 * sshd's AuthorizedKeysCommand. A stranger chooses what it asks for: what is no
 * key of a node, malformed or only unknown, gets no line and exit code 0. Only
 * our own failure is an error.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/owner.h"
#include "common/base/start.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "master/store/store.h"

#include "common/base/banned.h"

#define LIFETIME 30 /* seconds: sshd waits for us */

/* The port is fixed: sshd's door does not depend on our configuration. */
static const char restriction[] = "restrict,port-forwarding,permitopen=\"127.0.0.1:50009\","
				  "command=\"/usr/sbin/nologin\"";

static int print_key(const struct master_config *c, const struct sshkey *k)
{
	char text[SSHKEY_TEXT_MAX];
	struct store *s;
	int rc = -1;

	if (owner_become(c->state) == -1 || (s = store_open(c)) == NULL)
		goto fail;
	rc = store_find_key(s, k);
	store_close(s);
	if (rc == -1)
		goto fail;
	if (rc == 0)
		return 0;
	sshkey_format(k, text);
	printf("%s %s\n", restriction, text);
	return out_flush();
fail:
	msg_error("looking a key up in %s: %s", c->state, strerror(errno));
	msg_peer("the keys cannot be read now");
	return EX_TEMPFAIL;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = { OPTIONS_LONG, { 0 } };
	struct options o = { .usage = "bijk-authkeys [-hVv] [-f CONFIG] TYPE BASE64",
		.config = MASTER_CONFIG_FILE };
	struct sshkey k;
	const char * not ;
	struct master_config c;
	int rc = 0;

	start_process(argv[0]);
	start_clear_environment();
	alarm(LIFETIME); /* the last resort */
	proof_init();
	msg_use_syslog(); /* sshd throws away what is said to it */
	while (options_next(argc, argv, OPTIONS_SHORT, longs, &o) != -1)
		;
	if (argc - optind != 2)
		usage_error(&o, "a key is expected");
	msg_quiet_stderr();
	master_config_or_die(o.config, &c);
	if (sshkey_parse(&k, argv[optind], argv[optind + 1], &not ) == 0)
		rc = print_key(&c, &k);
	else
		msg_info("the argument is not a key: %s", not );
	master_config_free(&c);
	return rc;
}
