/* SPDX-License-Identifier: ISC */
/*
 * The master's name, in the file `name`: nodes have pinned it and their secrets
 * follow from it, so it goes with the store and not with the machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/base/owner.h"
#include "common/base/text.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

static int fail_name(const struct store *s, const char *doing, struct fail *f)
{
	return fail_set(
	    f, ERR_NONE, EX_CANTCREAT, "%s %s/name: %s", doing, s->config->state, strerror(errno));
}

/* 1: read; 0: there is no file; -1: f. */
static int read_name(const struct store *s, char name[NODE_NAME_MAX + 1], struct fail *f)
{
	struct buf b = BUF_INIT(4096);
	const char *next;
	int rc = file_read(s->root, "name", &b);

	if (rc == -1) {
		rc = errno == ENOENT ? 0 : fail_name(s, "reading", f);
	} else {
		size_t len = b.len > 0 ? text_line(b.data, b.data + b.len, &next) : 0;
		snprintf(name, NODE_NAME_MAX + 1, "%.*s", (int)len, len > 0 ? b.data : "");
		rc = name_valid(name) && len <= NODE_NAME_MAX
		    ? 1
		    : fail_set(f, ERR_NONE, EX_DATAERR, "%s/name holds no name of a master",
			  s->config->state);
	}
	buf_free(&b);
	return rc;
}

static int write_name(const struct store *s, const char *name, struct fail *f)
{
	char line[NODE_NAME_MAX + 2];
	int len = snprintf(line, sizeof(line), "%s\n", name);

	return file_replace(s->root, "name", line, (size_t)len, 0600, FILE_DURABLE) == -1
	    ? fail_name(s, "writing", f)
	    : 0;
}

static int stop_at_first(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return 1;
}

int store_settle_name(struct store *s, struct master_config *c, struct fail *f)
{
	char name[NODE_NAME_MAX + 1], why[YAML_WHY_MAX];
	int rc = read_name(s, name, f);

	if (rc == -1)
		return -1;
	if (rc == 0 && master_config_name(c, why) == -1)
		return fail_set(f, ERR_NONE, EX_CONFIG, "%s", why);
	if (rc == 1 && c->name == NULL) {
		c->name = strdup(name);
		return c->name != NULL ? 0 : fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	}
	if (rc == 1 && strcmp(c->name, name) == 0)
		return 0;
	/* No node knows it: an installation edits the configuration last. */
	if (rc == 0 || store_each_node(s, stop_at_first, NULL) == 0)
		return write_name(s, c->name, f);
	return fail_set(f, ERR_NONE, EX_CONFIG,
	    "master.name is %s, but the store in %.200s is that of master %s: remove master.name "
	    "to go on as %s; to rename it, first remove every node (bijk-master remove), and add "
	    "each again afterwards, because its secret follows from the name",
	    c->name, c->state, name, name);
}

static int open_exit(int error)
{
	switch (error) {
	case ENOENT: return EX_CANTCREAT;
	case EACCES:
	case EPERM:
	case EROFS: return EX_NOPERM;
	default: return EX_IOERR;
	}
}

struct store *store_open_or_die(struct master_config *c)
{
	struct store *s;
	struct fail f;

	if (owner_become(c->state) == -1)
		die(open_exit(errno == ENOENT ? EIO : errno), "switching to the owner of %s: %s",
		    c->state, strerror(errno));
	s = store_open(c);
	if (s == NULL)
		die(open_exit(errno), "opening %s: %s", c->state, strerror(errno));
	if (store_settle_name(s, c, &f) == -1)
		die(f.exit_code, "%s", f.text);
	return s;
}
