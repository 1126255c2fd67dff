/* SPDX-License-Identifier: ISC */
#include "master/feed/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/num.h"
#include "common/base/start.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define GRACE_MS 1000

static int set_number(const char *name, uint64_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	return setenv(name, text, 1);
}

static int set_environment(const struct batch *b)
{
	char hex[2 * LOG_ID_SIZE + 1];

	hex_encode(hex, b->log.b, sizeof(b->log.b));
	return setenv("BIJK_NODE", b->node, 1) == -1 || setenv("BIJK_LOG", hex, 1) == -1 ||
		set_number("BIJK_FIRST", b->first) == -1 || set_number("BIJK_LAST", b->last) == -1
	    ? -1
	    : 0;
}

/* Our files have nothing to do with its umask. */
static int start_command(struct child *c, char *const *argv, int in)
{
	int rc;

	start_restore_umask();
	rc = child_start_on(c, NULL, argv, in, STDOUT_FILENO, CHILD_OURS);
	umask(077);
	return rc;
}

int command_start(struct command *c, struct batch *b, char why[FEED_REASON_MAX])
{
	if (batch_ready(b) == -1) {
		snprintf(why, FEED_REASON_MAX, "writing a batch: %s", strerror(errno));
		return -1;
	}
	if ((b->format == FEED_RAW && set_environment(b) == -1) ||
	    start_command(&c->child, c->argv, fileno(b->out)) == -1) {
		snprintf(
		    why, FEED_REASON_MAX, "running %s: %s", vis_str(c->argv[0]), strerror(errno));
		return -1;
	}
	c->until = deadline_in_s(c->seconds);
	return 0;
}

enum outcome command_wait(struct command *c, char why[FEED_REASON_MAX])
{
	int code;

	if (child_wait(&c->child, c->until) != 1) {
		snprintf(why, FEED_REASON_MAX, "%s did not end within %" PRIu64 " s (--timeout)",
		    vis_str(c->argv[0]), c->seconds);
		child_kill(&c->child, GRACE_MS);
		child_end(&c->child, GRACE_MS);
		return FAILED;
	}
	code = child_exit_code(&c->child);
	snprintf(why, FEED_REASON_MAX, "%s ended with %d", vis_str(c->argv[0]), code);
	return code == 0 ? CONFIRMED : code == EX_DATAERR ? REJECTED : FAILED;
}
