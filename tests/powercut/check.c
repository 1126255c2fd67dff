/* SPDX-License-Identifier: ISC */
/* What has to hold after a cut, and at the end of a life. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/config.h"
#include "common/log/log.h"
#include "common/trust/keypair.h"
#include "common/trust/sshkey.h"
#include "master/store/store.h"
#include "tests/oracle/oracle.h"
#include "tests/powercut/scene.h"

/* --- Positions --- */

/* The number behind the last record in this log; 1 where there is none. */
static uint64_t next_of(const char *dir)
{
	struct log *l = log_open(dir, LOG_PEEK);
	uint64_t next = l != NULL ? log_next(l) : 1;

	log_close(l);
	return next;
}

static void node_spool(const struct scene *s, char path[300])
{
	snprintf(path, 300, "%s/state/spool", s->node.where);
}

/* The one log of the node's that the master has; how many there are. */
static int master_log(const struct scene *s, char path[400])
{
	char logs[300];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(logs, sizeof(logs), "%s/state/archives/n1", s->master.where);
	d = opendir(logs);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, 400, "%s/%.64s", logs, e->d_name);
		n++;
	}
	if (d != NULL)
		closedir(d);
	return n;
}

/* What is durable now, in this order at any moment: acknowledged, held by the master, held by the node. */
void check_positions(struct scene *s)
{
	char spool[300], archive[400];
	uint64_t acked, held = 1, stored;
	int logs = master_log(s, archive);

	node_spool(s, spool);
	acked = log_acked(spool);
	stored = next_of(spool);
	if (logs > 1)
		scene_wrong(s, "the node's log was renewed: the master has %d of it", logs);
	if (logs == 1)
		held = next_of(archive);
	if (acked > held)
		scene_wrong(s,
		    "acknowledged up to %" PRIu64 ", but the master holds up to %" PRIu64, acked,
		    held);
	if (held > stored)
		scene_wrong(s,
		    "the master holds up to %" PRIu64 ", but the node wrote up to %" PRIu64, held,
		    stored);
}

/* --- Registration and administration --- */

static void check_master_keys(struct scene *s, struct store *m, const struct pushkey *keys)
{
	uint8_t digest[SSHKEY_DIGEST_SIZE];
	struct sshkey has, found;
	bool newest;

	if (store_push_key(m, "n1", &has) == -1) {
		scene_wrong(s, "the master has lost the node's key: %s", strerror(errno));
		return;
	}
	newest = sshkey_equal(&has, pushkey_newest(keys));
	if (!newest && !sshkey_equal(&has, &keys->key))
		scene_wrong(s, "the master has a key that the node has lost");
	if (!newest && s->registered)
		scene_wrong(s, "a registration that was answered is gone");
	sshkey_digest(&has, digest);
	if (store_find_key(m, digest, &found) != 1)
		scene_wrong(s, "sshd would not be told of the node's key");
}

static void check_other_node(struct scene *s, struct store *m)
{
	struct node n;
	int rc = store_node(m, "n2", &n);

	if (s->added == 1 && rc == -1)
		scene_wrong(s, "a node that was added is gone: %s", strerror(errno));
	if (s->added == 0 && (rc == 0 || errno != ENOENT))
		scene_wrong(s, "a node that was removed is there");
	if (s->added == -1 && rc == -1 && errno != ENOENT)
		scene_wrong(s, "half a node is left: %s", strerror(errno));
}

void check_keys(struct scene *s)
{
	char path[300], why[YAML_WHY_MAX];
	struct node_config node;
	struct master_config master;
	struct pushkey keys;
	struct store *m;
	struct fail f;

	snprintf(path, sizeof(path), "%s/plugins.yml", s->dir);
	if (node_config_read(path, &node, why) == -1) {
		scene_wrong(s, "%s", why);
		return;
	}
	snprintf(path, sizeof(path), "%s/master.yml", s->dir);
	if (master_config_read(path, &master, why) == -1) {
		scene_wrong(s, "%s", why);
		return;
	}
	if (pushkey_open(&keys, &node, &f) == -1)
		scene_wrong(s, "the node's keys: %s", f.text);
	m = store_open(&master);
	if (m == NULL)
		scene_wrong(s, "opening the master's store: %s", strerror(errno));
	if (scene_good(s)) {
		check_master_keys(s, m, &keys);
		check_other_node(s, m);
	}
	store_close(m);
	pushkey_close(&keys);
	node_config_free(&node);
	master_config_free(&master);
}

/* --- The end of a life --- */

static void no_temporary(struct scene *s, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		const char *dot = strrchr(e->d_name, '.');
		if (dot != NULL && strcmp(dot, ".tmp") == 0)
			scene_wrong(s, "%s/%s was left behind", dir, e->d_name);
	}
	if (d != NULL)
		closedir(d);
}

void check_leftovers(struct scene *s)
{
	char spool[300], archive[400];

	node_spool(s, spool);
	no_temporary(s, spool);
	if (master_log(s, archive) != 1)
		scene_wrong(s, "after the last session the master has no log, or several");
	no_temporary(s, archive);
	if (next_of(archive) != next_of(spool))
		scene_wrong(s, "after the last session the master lacks records");
}

/* Read as bijk-cat reads it, but in this process: a large record costs its JSON more than the cut. */
void check_records(struct scene *s)
{
	char path[300], archive[400];
	struct journal journal;
	struct judge j;
	char *said = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&said, &len);

	snprintf(path, sizeof(path), "%s/journal", s->dir);
	if (out == NULL || journal_open(&journal, path, s->seed) == -1) {
		scene_wrong(s, "reading the journal: %s", strerror(errno));
		goto out;
	}
	if (master_log(s, archive) != 1 || judge_begin(&j, &journal, 0, out) == -1 ||
	    judge_log(&j, archive, NULL) == -1) {
		scene_wrong(s, "the oracle cannot judge: %s", strerror(errno));
	} else {
		uint64_t faults = judge_end(&j);

		s->records += j.records;
		fflush(out);
		if (faults > 0)
			scene_wrong(s, "%" PRIu64 " faults: %.400s", faults, said);
	}
	journal_close(&journal);
out:
	if (out != NULL)
		fclose(out);
	free(said);
}
