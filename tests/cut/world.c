/* SPDX-License-Identifier: ISC */
/* What all trials begin from: configurations, and a node and a master to be copied for each. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "tests/cut/trial.h"

#include "common/base/banned.h"

#define TMPFS 0x01021994

/* In memory where there is room for files. */
static void make_top(struct world *w)
{
	const char *tmp = getenv("TMPDIR");
	struct statfs fs;

	if (tmp == NULL && statfs("/dev/shm", &fs) == 0 && fs.f_type == TMPFS &&
	    access("/dev/shm", W_OK) == 0)
		tmp = "/dev/shm";
	snprintf(w->top, sizeof(w->top), "%s/bijk-cut.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(w->top) == NULL)
		die(EX_CANTCREAT, "making %s: %s", w->top, strerror(errno));
}

static void write_file(const struct world *w, const char *name, const char *text)
{
	char *path = path_join(w->top, name);

	if (path == NULL ||
	    file_replace(AT_FDCWD, path, text, strlen(text), 0600, FILE_UNSYNCED) == -1)
		die(EX_IOERR, "writing %s: %s", name, strerror(errno));
	free(path);
}

static void read_configs(struct world *w)
{
	char text[1024], why[YAML_WHY_MAX], *path;
	char hex[2 * HASH_SIZE + 1];

	memset(w->hash, 0x5a, sizeof(w->hash));
	hex_encode(hex, w->hash, sizeof(w->hash));
	write_file(w, "hash", hex);
	snprintf(text, sizeof(text),
	    "node:\n  name: web7\n  address: 192.0.2.7\n  port: 22\n  state: %s/node\n"
	    "  hash: %s/hash\n  host_keys: %s/*_key.pub\n"
	    "sender:\n  masters: [127.0.0.1]\nspool:\n  min_free: 0\n",
	    w->top, w->top, w->top);
	write_file(w, "plugins.yml", text);
	snprintf(text, sizeof(text),
	    "master:\n  name: m1\n  state: %s/master\n  host_keys: %s/*_key.pub\n", w->top, w->top);
	write_file(w, "master.yml", text);
	path = path_join(w->top, "plugins.yml");
	if (path == NULL || node_config_read(path, &w->node, why) == -1)
		die(EX_SOFTWARE, "%s", why);
	free(path);
	path = path_join(w->top, "master.yml");
	if (path == NULL || master_config_read(path, &w->master, why) == -1)
		die(EX_SOFTWARE, "%s", why);
	free(path);
}

static char left[64]; /* a directory to be removed if the program ends early */
static pid_t owner;

static void remove_left(void)
{
	if (left[0] != '\0' && getpid() == owner)
		dir_remove_tree(AT_FDCWD, left);
}

void world_make(struct world *w)
{
	memset(w->shape, 0, sizeof(w->shape));
	make_top(w);
	if (owner == 0)
		atexit(remove_left);
	owner = getpid();
	memcpy(left, w->top, sizeof(left));
	read_configs(w);
	exchange_prepare(w);
	w->no_registration = registration_prepare(w);
}

int world_remove(struct world *w)
{
	node_config_free(&w->node);
	master_config_free(&w->master);
	journal_free(&w->journal);
	left[0] = '\0';
	for (int i = 0; i < 50; i++) {
		if (dir_remove_tree(AT_FDCWD, w->top) == 0)
			return 0;
		sleep_ms(20); /* after a signal somebody may still be ending, and write */
	}
	return -1;
}
