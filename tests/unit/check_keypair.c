/* SPDX-License-Identifier: ISC */
/*
 * Key pairs: made once, the .pub file made again when it is lost or torn, and
 * replaced.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/trust/keypair.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

static char top[] = "/tmp/check_keypair.XXXXXX";
static char path[64], next[64];
static int dir = -1;
static struct fail f;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(top));
	dir = dir_open(AT_FDCWD, top);
	snprintf(path, sizeof(path), "%s/id", top);
	snprintf(next, sizeof(next), "%s/id.new", top);
}

static void teardown(void)
{
	close(dir);
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, top), 0);
}

static struct sshkey opened(const char *file)
{
	struct sshkey k;

	ck_assert_msg(keypair_open(file, "here", &k, &f) == 0, "%s", f.text);
	return k;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	ck_assert_int_eq(file_replace(dir, name, text, strlen(text), mode, FILE_UNSYNCED), 0);
}

START_TEST(made_once)
{
	struct sshkey k, again;
	bool there;

	ck_assert_int_eq(keypair_find(path, &there, &k, &f), 0);
	ck_assert(!there && !file_exists(dir, "id"));
	k = opened(path);
	again = opened(path);
	ck_assert(sshkey_equal(&k, &again));
	ck_assert_int_eq(keypair_find(path, &there, &again, &f), 0);
	ck_assert(there && sshkey_equal(&k, &again));
}
END_TEST

START_TEST(pub_is_made_again)
{
	struct sshkey k = opened(path), again;

	ck_assert_int_eq(unlinkat(dir, "id.pub", 0), 0);
	again = opened(path);
	ck_assert(sshkey_equal(&k, &again) && file_exists(dir, "id.pub"));
	write_file("id.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NT", 0644);
	again = opened(path);
	ck_assert(sshkey_equal(&k, &again) && !file_exists(dir, "id.tmp.pub"));
}
END_TEST

/* Half a pair, and the .pub of one that is gone. */
START_TEST(leftovers_go)
{
	struct sshkey k, again;
	const char *why;
	struct buf b = BUF_INIT(4096);

	write_file("id.pub", "ssh-ed25519 AAAA\n", 0644);
	write_file("id.tmp", "half", 0600);
	write_file("id.tmp.pub", "half", 0644);
	k = opened(path);
	ck_assert_int_eq(file_read(dir, "id.pub", &b), 0);
	ck_assert_int_eq(sshkey_parse_line(&again, b.data, b.len, &why), 0);
	ck_assert(sshkey_equal(&k, &again) && !file_exists(dir, "id.tmp"));
	buf_free(&b);
}
END_TEST

START_TEST(replaced)
{
	struct sshkey old = opened(path), new = opened(next), k;

	ck_assert(!sshkey_equal(&old, &new));
	ck_assert_int_eq(keypair_replace(next, path, &k, &f), 0);
	ck_assert(sshkey_equal(&k, &new));
	ck_assert(!file_exists(dir, "id.new") && !file_exists(dir, "id.new.pub"));
	k = opened(path);
	ck_assert(sshkey_equal(&k, &new));
}
END_TEST

START_TEST(refused)
{
	struct sshkey k;

	write_file("id", "no key\n", 0600);
	ck_assert_int_eq(keypair_open(path, "here", &k, &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "ssh-keygen"));
	write_file("id", "no key\n", 0604);
	ck_assert_int_eq(keypair_open(path, "here", &k, &f), -1);
	ck_assert_int_eq(f.exit_code, EX_NOPERM);
}
END_TEST

SUITE_MAIN_FIXTURE(
    "keypair", setup, teardown, made_once, pub_is_made_again, leftovers_go, replaced, refused)
