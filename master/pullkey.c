/* SPDX-License-Identifier: ISC */
#include "master/pullkey.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/names.h"
#include "common/trust/keypair.h"

#include "common/base/banned.h"

static int open_pull_pair(
    const struct master_config *c, const char *path, struct sshkey *k, struct fail *f)
{
	char comment[NODE_NAME_MAX + 16];

	snprintf(comment, sizeof(comment), "bijk-master %s", c->name);
	return keypair_open(path, comment, k, f) == 1 ? 0 : -1;
}

static int next_path(const struct master_config *c, char out[PATH_MAX], struct fail *f)
{
	if (snprintf(out, PATH_MAX, "%s.new", c->key) < PATH_MAX)
		return 0;
	return fail_set(f, ERR_NONE, EX_CONFIG, "pull.key %s: too long", c->key);
}

int pullkey_open(const struct master_config *c, struct sshkey *k, struct fail *f)
{
	return open_pull_pair(c, c->key, k, f);
}

int pullkey_next(const struct master_config *c, struct sshkey *k, struct fail *f)
{
	char path[PATH_MAX];

	return next_path(c, path, f) == 0 ? keypair_open(path, NULL, k, f) : -1;
}

void pullkey_next_print(const struct master_config *c, char out[64])
{
	struct sshkey next;
	struct fail f;
	int rc = pullkey_next(c, &next, &f);

	out[0] = '\0';
	if (rc == -1)
		msg_error("%s", f.text);
	if (rc == 1)
		sshkey_fingerprint(&next, out);
}

char *pullkey_next_path(const struct master_config *c)
{
	char path[PATH_MAX];
	struct fail f;

	return next_path(c, path, &f) == 0 && file_exists(AT_FDCWD, path) ? strdup(path) : NULL;
}

int pullkey_rotate(const struct master_config *c, struct sshkey *k, struct fail *f)
{
	char path[PATH_MAX];

	return next_path(c, path, f) == 0 ? open_pull_pair(c, path, k, f) : -1;
}

int pullkey_promote(const struct master_config *c, struct fail *f)
{
	char path[PATH_MAX];
	struct sshkey k;

	return next_path(c, path, f) == 0 ? keypair_replace(path, c->key, &k, f) : -1;
}
