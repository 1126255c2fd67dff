/* SPDX-License-Identifier: ISC */
#include "tests/cut/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "tests/oracle/tree.h"

#include "common/base/banned.h"

static const char *const kinds[] = { "pull", "push", "registration" };
static const char *const hows[] = { "uncut", "fin", "rst", "silence", "end" };

void trial_name(const struct trial *t, char *text, size_t size)
{
	const struct cut *c = &t->cut;
	int n = snprintf(text, size, "%s:%s:%zu:%s", kinds[t->kind], c->flow == UP ? "up" : "down",
	    c->at, hows[c->how]);

	if (c->how == CUT_END && n > 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, ":%" PRIu64, c->lie);
}

bool trial_parse(struct trial *t, const char *text)
{
	char kind[16], flow[8], how[16];
	int n = sscanf(text, "%15[a-z]:%7[a-z]:%zu:%15[a-z]:%" SCNu64, kind, flow, &t->cut.at, how,
	    &t->cut.lie);

	if (n < 4)
		return false;
	t->cut.flow = strcmp(flow, "up") == 0 ? UP : DOWN;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (size_t h = 0; h < sizeof(hows) / sizeof(hows[0]); h++) {
			if (strcmp(kind, kinds[i]) == 0 && strcmp(how, hows[h]) == 0) {
				t->kind = (enum kind)i;
				t->cut.how = (enum how)h;
				return true;
			}
		}
	}
	return false;
}

/* One write, so that lines of several workers do not mix. */
void trial_fault(struct trial *t, const char *fmt, ...)
{
	char name[80], text[700], line[900];
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	trial_name(t, name, sizeof(name));
	n = snprintf(line, sizeof(line), "%s: %s\n", name, text);
	if (!t->failed)
		(void)!write_full(STDOUT_FILENO, line, (size_t)n);
	t->failed = true;
}

static char *in_dir(const struct trial *t, const char *name)
{
	char *p = path_join(t->dir, name);

	if (p == NULL)
		die(EX_OSERR, "out of memory");
	return p;
}

void trial_paths(struct trial *t)
{
	t->node_config = t->world->node;
	t->master_config = t->world->master;
	t->node_config.state = in_dir(t, "node");
	t->master_config.state = in_dir(t, "master");
	t->master_config.key = in_dir(t, "master/id_ed25519");
}

void trial_dirs(struct trial *t)
{
	static unsigned count;
	char from[120];

	snprintf(from, sizeof(from), "%s/%s", t->world->top,
	    t->kind == REGISTRATION ? "registration" : "exchange");
	snprintf(t->dir, sizeof(t->dir), "%s/%d.%u", t->world->top, (int)getpid(), count++);
	if (tree_copy(from, t->dir) == -1)
		die(EX_IOERR, "copying %s to %s: %s", from, t->dir, strerror(errno));
	trial_paths(t);
}

void trial_remove(struct trial *t)
{
	if (dir_remove_tree(AT_FDCWD, t->dir) == -1)
		trial_fault(t, "removing %s: %s", t->dir, strerror(errno));
	free(t->node_config.state);
	free(t->master_config.state);
	free(t->master_config.key);
}

static int64_t limit(const struct trial *t, uint64_t seconds)
{
	int64_t from = t->link.cut_ms != 0 ? t->link.cut_ms : monotonic_ms();

	return from + (int64_t)(seconds + SLACK_SECONDS) * 1000;
}

static void check_time(
    struct trial *t, const char *who, const struct party *p, uint64_t seconds, int64_t late)
{
	if (p->outcome->returned && p->outcome->ended_ms > late)
		trial_fault(t, "%s ends long after the %" PRIu64 " s that it has", who, seconds);
}

void trial_join(struct trial *t, const char *who, struct party *p, uint64_t seconds)
{
	int64_t late = limit(t, seconds);

	if (!party_join(p, late)) {
		trial_fault(t, "%s does not end", who);
		_exit(EX_SOFTWARE);
	}
	check_time(t, who, p, seconds, late);
}

int trial_wait(struct trial *t, const char *who, struct party *p, uint64_t seconds)
{
	int64_t late = limit(t, seconds);
	int status = party_wait(p, late);

	if (status == -1)
		trial_fault(t, "%s does not end", who);
	else
		check_time(t, who, p, seconds, late);
	return status;
}
