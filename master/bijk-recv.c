/* SPDX-License-Identifier: ISC */
/* Receives one push on its standard input and output, for a listener. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/sandbox.h"
#include "common/base/start.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "master/probes.h"
#include "master/receive.h"
#include "master/store/store.h"

#include "common/base/banned.h"

#define LIFETIME 3600 /* seconds, for the largest backlog over the slowest line */
#define PROOF_SECONDS_PUSH 5

static const struct option longs[] = { OPTIONS_LONG, { 0 } };

/* Before a proof anybody who reaches the port can fail. */
static void log_push_failure(const struct receive *r, int probes)
{
	enum err_code code = r->fail.code;

	if (r->name[0] != '\0')
		msg(code == ERR_BUSY || code == ERR_DISABLED ? MSG_NOTICE : MSG_ERROR,
		    "push of %s: %s", r->name, r->fail.text);
	else
		probe_log(probes, now_s(),
		    code == ERR_STORE	   ? MSG_ERROR
			: code == ERR_AUTH ? MSG_WARN
					   : MSG_NOTICE,
		    "push", "somebody", "%s", r->fail.text);
}

static int receive_push(struct master_config *c)
{
	struct sandbox box = { .needs = SANDBOX_FILES | SANDBOX_LOG | SANDBOX_NARROW };
	struct receive r = { .config = c,
		.direction = DIRECTION_PUSH,
		.address = "",
		.proof_seconds = PROOF_SECONDS_PUSH,
		.narrow = true,
		.timeout = c->pull_timeout };
	char count[RANGE_MAX];
	const char *who;
	int rc, probes;

	r.store = store_open_or_die(c);
	probes = probes_open(c->state);
	store_look_at_clock(r.store);
	if (store_session_reach(r.store, NULL, box.dirs) == -1)
		die(EX_OSERR, "out of memory");
	/* From here on: nodes, the sockets of peer and syslog. */
	sandbox_enter_or_die(&box);
	rc = receive_session(&r, STDIN_FILENO, STDOUT_FILENO);
	who = r.name[0] != '\0' ? r.name : "somebody";
	if (r.looked) {
		msg_info("%s probed, and sent nothing", who);
	} else if (rc == -1) {
		log_push_failure(&r, probes);
		msg_peer("the push failed; see the master's log");
		if (r.name[0] != '\0' && r.fail.code != ERR_BUSY)
			receive_failed(r.store, r.name, DIRECTION_PUSH, now_s(), r.fail.text);
	} else if (r.wait > 0) {
		msg_info(
		    "push of %s: too early, told to wait %llu s", who, (unsigned long long)r.wait);
	} else {
		msg_info("push of %s: %s", who, num_show_count(count, r.records, "record"));
	}
	store_close(r.store);
	return rc == 0 || r.looked ? 0 : r.fail.exit_code;
}

int main(int argc, char **argv)
{
	struct options o = { .usage = "bijk-recv [-hVv] [-f FILE]", .config = MASTER_CONFIG_FILE };
	struct master_config config;
	int code;

	start_process(argc > 0 ? argv[0] : "bijk-recv");
	start_guard_stderr();
	msg_use_syslog();
	start_clear_environment();
	start_end_after(LIFETIME);
	while (options_next(argc, argv, OPTIONS_SHORT, longs, &o) != -1)
		;
	if (optind != argc)
		usage_error(&o, "unexpected argument: %s", argv[optind]);
	master_config_or_die(o.config, &config);
	msg_quiet_stderr();
	proof_init();
	code = receive_push(&config);
	master_config_free(&config);
	return code;
}
