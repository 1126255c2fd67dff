/* SPDX-License-Identifier: ISC */
/* Trusted files, replacement, locks, buffers and visible text. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/child.h"
#include "common/base/file.h"
#include "common/base/hostaddr.h"
#include "common/base/lock.h"
#include "common/base/text.h"
#include "common/trust/secret.h"
#include "tests/unit/suite.h"

static int dir;
static char path[] = "/tmp/check_file.XXXXXX";

/*
 * A file system of more than 16 TiB, and times after 2038: also on 32 bits,
 * where libc can do it (glibc since 2.34).
 */
START_TEST(wide_types)
{
	ck_assert_uint_eq(sizeof(off_t), 8);
	ck_assert_uint_eq(sizeof(((struct statvfs *)NULL)->f_blocks), 8);
#if !defined(__GLIBC__) || __GLIBC_PREREQ(2, 34)
	ck_assert_uint_eq(sizeof(time_t), 8);
#endif
}
END_TEST

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(path));
	dir = dir_open(AT_FDCWD, path);
	ck_assert_int_ge(dir, 0);
}

static void teardown(void)
{
	close(dir);
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, path), 0);
}

static void holds(const char *name, const char *text)
{
	struct buf b = BUF_INIT(1000);

	ck_assert_int_eq(file_read(dir, name, &b), 0);
	ck_assert_str_eq(b.data != NULL ? b.data : "", text);
	buf_free(&b);
}

START_TEST(replacing)
{
	struct stat st;
	bool changed;

	ck_assert_int_eq(file_replace(dir, "a", "one", 3, 0600, FILE_DURABLE), 0);
	holds("a", "one");
	ck_assert_int_eq(fstatat(dir, "a", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(file_update(dir, "a", "one", 3, 0600, &changed), 0);
	ck_assert(!changed);
	ck_assert_int_eq(file_update(dir, "a", "two", 3, 0600, &changed), 0);
	ck_assert(changed);
	holds("a", "two");
	/* What a crash left beside it, and a trap in that place. */
	ck_assert_int_eq(symlinkat("a", dir, "b.tmp"), 0);
	ck_assert_int_eq(file_replace(dir, "b", "three", 5, 0640, FILE_UNSYNCED), 0);
	holds("a", "two");
	holds("b", "three");
	ck_assert_int_eq(faccessat(dir, "b.tmp", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	ck_assert_int_eq(file_replace(dir, "none/c", "x", 1, 0600, FILE_DURABLE), -1);
	ck_assert_int_eq(file_remove(dir, "b"), 0);
	ck_assert_int_eq(file_remove(dir, "b"), 0);
}
END_TEST

START_TEST(refusing)
{
	struct buf b = BUF_INIT(4);

	ck_assert_int_eq(file_replace(dir, "f", "12345", 5, 0644, FILE_UNSYNCED), 0);
	fails(file_read(dir, "f", &b), EMSGSIZE);
	b = (struct buf)BUF_INIT(5);
	ck_assert_int_eq(file_read(dir, "f", &b), 0);
	ck_assert_uint_eq(b.len, 5);
	buf_free(&b);
	fails(file_read_secret(dir, "f", &b), EPERM);
	ck_assert_int_eq(symlinkat("f", dir, "link"), 0);
	ck_assert_int_eq(file_read(dir, "link", &b), -1);
	ck_assert_int_eq(linkat(dir, "f", dir, "second", 0), 0);
	ck_assert_int_eq(file_read(dir, "f", &b), -1);
	ck_assert_int_eq(mkfifoat(dir, "fifo", 0600), 0);
	ck_assert_int_eq(file_read(dir, "fifo", &b), -1); /* and does not hang */
	fails(file_read(dir, "missing", &b), ENOENT);
}
END_TEST

START_TEST(locking)
{
	int first, second, third;

	first = lock_take(dir, "lock", 0);
	ck_assert_int_ge(first, 0);
	fails(lock_take(dir, "lock", 0), EWOULDBLOCK);
	ck_assert_int_eq(lock_take(dir, "lock", deadline_in_ms(50)), -1);
	close(first);
	first = lock_take(dir, "lock", deadline_in_ms(50));
	ck_assert_int_ge(first, 0);
	close(first);
	/* Places: two of two, not a third; one that is closed is free again. */
	first = lock_slot(dir, "places", 0, 2);
	second = lock_slot(dir, "places", 0, 2);
	ck_assert_int_ge(second, 0);
	fails(lock_slot(dir, "places", 0, 2), EWOULDBLOCK);
	third = lock_slot(dir, "places", 2, 1);
	ck_assert_int_ge(third, 0);
	close(first);
	first = lock_slot(dir, "places", 0, 2);
	ck_assert_int_ge(first, 0);
	close(first);
	close(second);
	close(third);
}
END_TEST

START_TEST(trees)
{
	int sub;

	sub = dir_make(dir, "sub", 0700);
	ck_assert_int_ge(sub, 0);
	ck_assert_int_eq(file_replace(sub, "f", "x", 1, 0600, FILE_UNSYNCED), 0);
	ck_assert_int_eq(file_replace(dir, "outside", "y", 1, 0600, FILE_UNSYNCED), 0);
	ck_assert_int_eq(symlinkat("../outside", sub, "link"), 0);
	close(sub);
	ck_assert_int_eq(dir_remove_tree(dir, "sub"), 0);
	ck_assert_int_eq(faccessat(dir, "sub", F_OK, 0), -1);
	holds("outside", "y");
	ck_assert_int_eq(dir_remove_tree(dir, "sub"), 0);
}
END_TEST

START_TEST(buffers)
{
	struct buf b = BUF_INIT(10);

	ck_assert_int_eq(buf_add(&b, "12345678", 8), 0);
	ck_assert_int_eq(buf_addf(&b, "%d", 99), 0);
	ck_assert_str_eq(b.data, "1234567899");
	ck_assert_int_eq(buf_add(&b, "x", 1), -1);
	ck_assert(!buf_ok(&b));
	ck_assert_str_eq(b.data, "1234567899");
	buf_consume(&b, 4);
	ck_assert_str_eq(b.data, "567899");
	buf_reset(&b);
	ck_assert(buf_ok(&b));
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX), -1);
	buf_free(&b);
}
END_TEST

START_TEST(visible)
{
	char out[16];

	ck_assert_uint_eq(vis(out, sizeof(out), "a\nb\x1b[\x80", 6), 13);
	ck_assert_str_eq(out, "a\\nb\\x1b[\\x80");
	vis(out, sizeof(out), "0123456789abcdefgh", 18);
	ck_assert_str_eq(out, "0123456789ab...");
	vis(out, sizeof(out), "0123456789ab", 12);
	ck_assert_str_eq(out, "0123456789ab");
	vis(out, sizeof(out), "\0\0\0\0\0", 5);
	ck_assert_str_eq(out, "\\x00\\x00\\x00...");
}
END_TEST

START_TEST(addresses)
{
	static const char *const good[] = { "a", "web7.example.org", "192.0.2.1", "::1",
		"2001:db8::1", "A-b", "fe80::1%eth0", "fe80::1%br-0.5_a" };
	static const char *const bad[] = { "", "-oProxyCommand=x", "a b", "a/b", "root@a", "a;b",
		".a", "a..b", "host:22", "%h", "[::1]", "fe80::1%", "fe80::1%a b", "fe80::1%$(id)",
		"fe80::1%abcdefghijklmnop", "fe80::1%a%b", "2001:db8::1%eth0", "192.0.2.1%eth0",
		"web1%eth0" };
	char addr[SOCK_ADDR_MAX];
	uint16_t port;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(hostaddr_valid(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!hostaddr_valid(bad[i]), "%s", bad[i]);
	ck_assert(hostaddr_portable("fe80::1") && !hostaddr_portable("fe80::1%eth0"));
	ck_assert(hostaddr_split("127.0.0.1:50009", addr, sizeof(addr), &port) && port == 50009);
	ck_assert(hostaddr_split("[::1]:22", addr, sizeof(addr), &port));
	ck_assert_str_eq(addr, "::1");
	ck_assert(hostaddr_split("[fe80::1%eth0]:22", addr, sizeof(addr), &port));
	ck_assert_str_eq(addr, "fe80::1%eth0");
	ck_assert(!hostaddr_split("::1:22", addr, sizeof(addr), &port));
	ck_assert(!hostaddr_split("a:0", addr, sizeof(addr), &port));
	ck_assert(!hostaddr_split("a:65536", addr, sizeof(addr), &port));
	ck_assert(!hostaddr_split("a", addr, sizeof(addr), &port));
}
END_TEST

START_TEST(arguments)
{
	struct argv a = { .n = 0 };

	argv_add(&a, "ssh");
	argv_option(&a, "BatchMode", "yes");
	ck_assert_str_eq(argv_done(&a)[2], "BatchMode=yes");
	ck_assert_ptr_null(argv_done(&a)[3]);
	for (int i = 0; i < ARGV_MAX; i++)
		argv_add(&a, "x");
	ck_assert_ptr_null(argv_done(&a));
	argv_free(&a);
}
END_TEST

START_TEST(hashes)
{
	static const char text[] =
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n\n";
	uint8_t hash[HASH_SIZE];
	const char *why;

	ck_assert_int_eq(hash_parse(text, 64, hash, &why), 0);
	ck_assert_int_eq(hash[1], 0x11);
	ck_assert_int_eq(hash_parse(text, 65, hash, &why), 0);
	ck_assert_int_eq(hash_parse(text, 66, hash, &why), 0);
	ck_assert_int_eq(hash_parse(text, 63, hash, &why), -1);
	ck_assert_int_eq(
	    hash_parse(
		"A0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 64, hash, &why),
	    -1);
	ck_assert_int_eq(hash_write(dir, "hash", hash), 0);
	ck_assert_int_eq(hash_read(dir, "hash", hash, &why), 0);
	ck_assert_int_eq(fchmodat(dir, "hash", 0604, 0), 0);
	ck_assert_int_eq(hash_read(dir, "hash", hash, &why), -1);
}
END_TEST

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/*
 * A hash that went through a clipboard, an editor, or a login script that
 * greets.
 */
static const struct {
	const char *text, *why; /* NULL: it is taken */
} carried[] = {
	{ HEX "\r\n", NULL },
	{ HEX "\r", NULL },
	{ "\xef\xbb\xbf" HEX "\n", NULL },
	{ "\xef\xbb\xbf" HEX, NULL },
	{ "Welcome to web7\n" HEX "\n", "line 1 is not part of a hash" },
	{ HEX "\r\nlog\033out\r\n", "line 2 is not part of a hash" },
	{ HEX "\n\n", NULL },
	{ "\r\n" HEX "\r\n\r\n", NULL },
	{ HEX "\n \n", "line 2 is not part of a hash" },
	{ HEX "\n" HEX "\n", "line 2 is not part of a hash" },
	{ "hash: " HEX "\n", "a hash is 64 hex digits, alone in its line" },
	{ "\xff\xfe"
	  "0",
	    "it is UTF-16; save it as plain ASCII" },
};

START_TEST(carried_hashes)
{
	uint8_t hash[HASH_SIZE];
	const char *text = carried[_i].text, *why = "taken";
	int rc = hash_parse(text, strlen(text), hash, &why);

	ck_assert_int_eq(rc, carried[_i].why == NULL ? 0 : -1);
	if (rc == -1)
		ck_assert_str_eq(why, carried[_i].why);
	else
		ck_assert_int_eq(hash[31], 0xff);
}
END_TEST

START_TEST(names_of_nobody)
{
	static const char *const nobody[] = { "localhost", "localhost.localdomain",
		"localhost4.localdomain4", "localhost6.localdomain6", "localhost6",
		"localhost.example.org" };
	static const char *const somebody[] = { "web7", "localhosts", "localhost-7",
		"web7.localhost", "local", "" };

	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		ck_assert_msg(name_of_nobody(nobody[i]), "%s", nobody[i]);
	for (size_t i = 0; i < sizeof(somebody) / sizeof(somebody[0]); i++)
		ck_assert_msg(!name_of_nobody(somebody[i]), "%s", somebody[i]);
}
END_TEST

SUITE_MAIN_BOTH("file", setup, teardown, carried_hashes, sizeof(carried) / sizeof(carried[0]),
    replacing, refusing, locking, trees, buffers, visible, addresses, arguments, hashes,
    names_of_nobody, wide_types)
