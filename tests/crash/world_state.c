/* SPDX-License-Identifier: ISC */
/* Saving a world's state, going back to it, and looking at what it holds. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/config.h"
#include "common/trust/sshkey.h"
#include "master/store/store.h"
#include "tests/crash/world.h"

int world_save(const struct world *w, struct snapshot *s)
{
	char now[160];

	snapshot_free(s);
	snprintf(now, sizeof(now), "%s/now", w->top);
	tree_read(&s->files, now);
	return journal_copy(&s->journal, &w->journal);
}

int world_restore(struct world *w, const struct snapshot *s)
{
	char now[160];

	snprintf(now, sizeof(now), "%s/now", w->top);
	tree_write(&s->files, now);
	journal_free(&w->journal);
	return journal_copy(&w->journal, &s->journal);
}

void snapshot_free(struct snapshot *s)
{
	tree_free(&s->files);
	journal_free(&s->journal);
}

/* The master's store, opened as its programs do. */
struct archive_view {
	struct master_config config;
	struct store *store;
};

static int open_master(const struct world *w, struct archive_view *v, char *why)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/master.yml", w->top);
	if (master_config_read(path, &v->config, why) == -1)
		return -1;
	v->store = store_open(&v->config);
	if (v->store == NULL)
		master_config_free(&v->config);
	return v->store == NULL ? -1 : 0;
}

static void close_master(struct archive_view *v)
{
	store_close(v->store);
	master_config_free(&v->config);
}

static int judge_logs(struct judge *j, struct store *s)
{
	struct log_id *ids = NULL;
	int n = store_logs(s, "n1", &ids), rc = n == -1 ? -1 : 0;

	for (int i = 0; i < n && rc == 0; i++) {
		char *path = store_log_path(s, "n1", &ids[i]);
		rc = path == NULL ? -1 : judge_log(j, path);
		free(path);
	}
	free(ids);
	return rc;
}

int world_judge(const struct world *w, unsigned options, char why[WORLD_WHY])
{
	struct archive_view v;
	struct judge j;
	FILE *out;
	int rc;

	if (open_master(w, &v, why) == -1)
		return -1;
	memset(why, 0, WORLD_WHY);
	out = fmemopen(why, WORLD_WHY - 1, "w");
	if (out == NULL || judge_begin(&j, &w->journal, options, out) == -1)
		return -1;
	rc = judge_logs(&j, v.store);
	if (rc == -1)
		fprintf(out, "reading the archive: %s\n", strerror(errno));
	if (judge_end(&j) != 0 || rc == -1)
		rc = 1;
	fclose(out);
	close_master(&v);
	return rc;
}

/* As ssh-keygen reads it from the private file. */
static int read_private(const char *path, struct sshkey *k)
{
	const char *const argv[] = { "/usr/bin/ssh-keygen", "-y", "-P", "", "-f", path, NULL };
	struct buf text = BUF_INIT(8192);
	struct child c = CHILD_NONE;
	const char *why;
	int rc = child_start(&c, NULL, (char *const *)(uintptr_t)argv, CHILD_PIPE_OUT) == 0 &&
		read_all(c.out, &text, deadline_in_s(30)) == 0 && text.data != NULL &&
		sshkey_parse_line(k, text.data, text.len, &why) == 0
	    ? 0
	    : -1;

	child_end(&c, 1000);
	buf_free(&text);
	return rc;
}

/* A .pub file may be missing, but not be that of another pair. */
static bool is_pub_of(const char *path, const struct sshkey *k)
{
	struct buf text = BUF_INIT(8192);
	struct sshkey pub;
	const char *why;
	bool good = file_read(AT_FDCWD, path, &text) == -1 ? errno == ENOENT
							   : text.data != NULL &&
		sshkey_parse_line(&pub, text.data, text.len, &why) == 0 && sshkey_equal(&pub, k);

	buf_free(&text);
	return good;
}

int world_key_is_known(const struct world *w, char why[WORLD_WHY])
{
	struct sshkey ours, theirs;
	struct archive_view v;
	char path[200];
	int rc = 1;

	snprintf(path, sizeof(path), "%s/now/node/id_ed25519.new", w->top);
	if (access(path, F_OK) == 0) {
		snprintf(why, WORLD_WHY, "a rotation is left half done\n");
		return 1;
	}
	snprintf(path, sizeof(path), "%s/now/node/id_ed25519", w->top);
	if (open_master(w, &v, why) == -1)
		return -1;
	if (read_private(path, &ours) == -1)
		snprintf(why, WORLD_WHY, "%s: no private key\n", path);
	else if (store_push_key(v.store, "n1", &theirs) == -1)
		snprintf(why, WORLD_WHY, "the master has no key of n1: %s\n", strerror(errno));
	else if (!sshkey_equal(&ours, &theirs))
		snprintf(why, WORLD_WHY, "the master has another key of n1 than the node\n");
	else if (snprintf(path, sizeof(path), "%s/now/node/id_ed25519.pub", w->top) > 0 &&
	    !is_pub_of(path, &ours))
		snprintf(why, WORLD_WHY, "%s: its .pub is that of another pair\n", path);
	else
		rc = 0;
	if (rc == 0 && store_find_key(v.store, &ours) != 1) {
		snprintf(why, WORLD_WHY, "the master does not find the key of n1\n");
		rc = 1;
	}
	close_master(&v);
	return rc;
}
