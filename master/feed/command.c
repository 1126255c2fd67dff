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

enum delivery command_run(
    char *const *argv, const struct batch *b, uint64_t seconds, char why[FEED_REASON_MAX])
{
	struct child c;
	int code;

	if ((b->format == FEED_RAW && set_environment(b) == -1) ||
	    start_command(&c, argv, fileno(b->out)) == -1) {
		snprintf(why, FEED_REASON_MAX, "running %s: %s", vis_str(argv[0]), strerror(errno));
		return FAILED;
	}
	if (child_wait(&c, deadline_in_s(seconds)) != 1) {
		snprintf(why, FEED_REASON_MAX, "%s did not end within %" PRIu64 " s (--timeout)",
		    vis_str(argv[0]), seconds);
		child_kill(&c, GRACE_MS);
		child_end(&c, GRACE_MS);
		return FAILED;
	}
	code = child_exit_code(&c);
	snprintf(why, FEED_REASON_MAX, "%s ended with %d", vis_str(argv[0]), code);
	return code == 0 ? DELIVERED : code == EX_DATAERR ? REJECTED : FAILED;
}
