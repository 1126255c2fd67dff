/* SPDX-License-Identifier: ISC */
/* A directory store in a temporary directory, for the tests of store.h, which
 * include this once. */
#ifndef BIJK_TESTS_TEMP_STORE_H
#define BIJK_TESTS_TEMP_STORE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/exchange/proof.h"
#include "master/store/store.h"
#include "tests/unit/suite.h"

static char dir[] = "/tmp/check_store.XXXXXX", self[] = "m1";
static struct master_config config = {
	.name = self, .state = dir, .max_age = 30 * 86400, .max_size = 1 << 30
};
static struct store *s;
static bool changed;

static void setup(void)
{
	proof_init();
	ck_assert_ptr_nonnull(mkdtemp(dir));
	s = must(store_open(&config));
}

static void teardown(void)
{
	store_close(s);
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, dir), 0);
}

static const char *path(const char *name)
{
	static char p[512];

	snprintf(p, sizeof(p), "%s/%s", dir, name);
	return p;
}

static inline bool exists(const char *name)
{
	struct stat st;

	return lstat(path(name), &st) == 0;
}

static struct node plain(const char *name)
{
	struct node n = { .mode = NODE_AUTO, .min_period = NODE_UNSET, .pull_period = NODE_UNSET };

	snprintf(n.name, sizeof(n.name), "%s", name);
	memset(n.secret, 0x5a, sizeof(n.secret));
	return n;
}

static inline void age(const char *name, int64_t seconds)
{
	struct timespec t[2] = { { .tv_sec = now_s() - seconds }, { .tv_sec = now_s() - seconds } };

	ck_assert_msg(utimensat(AT_FDCWD, path(name), t, 0) == 0, "%s is not there", name);
}

static void add(const char *name)
{
	struct node n = plain(name);

	ck_assert_int_eq(store_node_put(s, &n), 0);
}

/* An ed25519 key of one byte, repeated. */
static inline struct sshkey key(uint8_t b)
{
	static const uint8_t head[] = "\0\0\0\013ssh-ed25519\0\0\0\040";
	struct sshkey k = { .type = SSHKEY_ED25519, .len = 51 };

	memcpy(k.blob, head, 19);
	memset(k.blob + 19, b, 32);
	return k;
}

static inline int register_key(const char *name, uint8_t b)
{
	struct sshkey k = key(b);
	struct card c = { .keys = { &k, 1 } };

	return store_register(s, name, &c, "192.0.2.1", &changed);
}

static inline int count_names(const char *name, void *arg)
{
	char *all = arg;
	size_t n = strlen(all);

	snprintf(all + n, 256 - n, "%s ", name);
	return 0;
}

static inline const char *names(void)
{
	static char all[256];

	all[0] = '\0';
	ck_assert_int_eq(store_each_node(s, count_names, all), 0);
	return all;
}

#define STORE_MAIN(title, ...) SUITE_MAIN_FIXTURE(title, setup, teardown, __VA_ARGS__)

#endif
