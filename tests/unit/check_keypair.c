/* SPDX-License-Identifier: ISC */
/* Key pairs: made once, read as ssh-keygen writes them, and replaced. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/child.h"
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

	ck_assert_msg(keypair_open(file, "here", &k, &f) == 1, "%s", f.text);
	return k;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	ck_assert_int_eq(file_replace(dir, name, text, strlen(text), mode, FILE_UNSYNCED), 0);
}

START_TEST(made_once)
{
	struct sshkey k, again;

	ck_assert_int_eq(keypair_open(path, NULL, &k, &f), 0);
	ck_assert(!file_exists(dir, "id"));
	k = opened(path);
	again = opened(path);
	ck_assert(sshkey_equal(&k, &again));
	ck_assert_int_eq(keypair_open(path, NULL, &again, &f), 1);
	ck_assert(sshkey_equal(&k, &again));
}
END_TEST

static void run_keygen(const char *const *argv, struct buf *out)
{
	struct buf err = BUF_INIT(4096);
	int code;

	ck_assert_int_eq(
	    child_run((char *const *)(uintptr_t)argv, out, &err, deadline_in_s(60), &code), 0);
	ck_assert_msg(code == 0, "%s", err.data);
	buf_free(&err);
}

START_TEST(reads_ssh_keygens)
{
	static const char *const types[] = { "ed25519", "ecdsa", "rsa" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const char *const argv[] = { "/usr/bin/ssh-keygen", "-q", "-t", types[i], "-N", "",
			"-f", path, NULL };
		struct buf b = BUF_INIT(4096);
		struct sshkey k, pub;
		const char *why;

		run_keygen(argv, &b);
		k = opened(path);
		ck_assert_int_eq(file_read(dir, "id.pub", &b), 0);
		ck_assert_int_eq(sshkey_parse_line(&pub, b.data, b.len, &why), 0);
		ck_assert(sshkey_equal(&k, &pub));
		ck_assert(unlinkat(dir, "id", 0) == 0 && unlinkat(dir, "id.pub", 0) == 0);
		buf_free(&b);
	}
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
	const char *const locked[] = { "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N",
		"a passphrase", "-f", path, NULL };
	struct buf b = BUF_INIT(4096), text = BUF_INIT(4096);
	struct sshkey k;

	write_file("id", "no key\n", 0600);
	ck_assert_int_eq(keypair_open(path, "here", &k, &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "ssh-keygen"));
	write_file("id", "no key\n", 0604);
	ck_assert_int_eq(keypair_open(path, "here", &k, &f), -1);
	ck_assert_int_eq(f.exit_code, EX_NOPERM);
	ck_assert_int_eq(unlinkat(dir, "id", 0), 0);
	run_keygen(locked, &b);
	ck_assert_int_eq(keypair_open(path, "here", &k, &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "passphrase"));
	ck_assert_int_eq(unlinkat(dir, "id", 0), 0);
	/* Cut off anywhere, it is none. */
	opened(path);
	ck_assert_int_eq(file_read(dir, "id", &text), 0);
	for (size_t n = 0; n < text.len; n++) {
		char *cut = strndup(text.data, n);
		write_file("id", cut, 0600);
		ck_assert_int_eq(keypair_open(path, "here", &k, &f), -1);
		free(cut);
	}
	buf_free(&b);
	buf_free(&text);
}
END_TEST

SUITE_MAIN_FIXTURE(
    "keypair", setup, teardown, made_once, reads_ssh_keygens, leftovers_go, replaced, refused)
