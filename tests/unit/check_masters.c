/* SPDX-License-Identifier: ISC */
/* What a node keeps of its masters, and the files that follow from it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/trust/masters.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define ED(c) "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6VdlpzzxB3G2PT35Yk+PLbzi+lT2S5SlOspdFdzgB" c
#define HEAD                                                                                       \
	"# Written by bijk-keyreg. Other keys belong into authorized_keys2, see bijk-keyreg(8).\n"
#define OURS(c, address) "restrict,command=\"pull\" " ED(c) " bijk-master:" address "\n"

static char top[] = "/tmp/check_masters.XXXXXX";
static char *masters[] = { top, top, top };
static struct node_config config = { .state = top, .masters = { .v = masters } };
static int state = -1;
static struct fail f;

static void configure(size_t n, const char *a, const char *b)
{
	masters[0] = (char *)(uintptr_t)a;
	masters[1] = (char *)(uintptr_t)b;
	config.masters.n = n;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(top));
	state = dir_open(AT_FDCWD, top);
	configure(2, "ma", "192.0.2.2");
}

static void teardown(void)
{
	close(state);
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, top), 0);
}

static struct card card_of(const char *text)
{
	struct card c;
	const char *why = "";
	unsigned line;

	ck_assert_msg(card_parse(&c, text, strlen(text), &line, &why) == 0, "%s", why);
	return c;
}

static struct sshkey key_of(const char *line)
{
	struct sshkey k;
	const char *why = "";

	ck_assert_msg(sshkey_parse_line(&k, line, strlen(line), &why) == 0, "%s", why);
	return k;
}

static struct masters *change(void)
{
	struct masters *p = masters_open(&config, MASTERS_CHANGE, 0, &f);

	ck_assert_msg(p != NULL, "%s", f.text);
	return p;
}

/* Opens for change and closes again. */
static void put_in_order(void)
{
	masters_close(change());
}

static bool stale(void)
{
	struct masters *p = masters_open(&config, MASTERS_READ, 0, &f);
	bool rc;

	ck_assert_msg(p != NULL, "%s", f.text);
	rc = masters_stale(p);
	masters_close(p);
	return rc;
}

#define TEXT1 "BIJKCARD 1 master\nMASTER m1\nPULLKEY " ED("A") "\nHOSTKEY " ED("B") "\nEND\n"
#define TEXT2                                                                                      \
	"BIJKCARD 1 master\nMASTER m2\nPULLKEY " ED("C") "\nPULLKEY " ED("D") "\nHOSTKEY " ED(     \
	    "E") "\nHOSTKEY " ED("F") "\nEND\n"
#define TEXT3                                                                                      \
	"BIJKCARD 1 master\nMASTER m3\nADDRESS m3.example.org\nPULLKEY " ED("G") "\nHOSTKEY " ED(  \
	    "H") "\nEND\n"

/* Of this node's own card only the port is kept. */
static const struct card ours = { .port = 2222 };

static void put(struct masters *p, const char *address, const char *text, const char *our_key)
{
	struct card c = card_of(text);
	struct sshkey k = key_of(our_key);

	ck_assert_msg(masters_put(p, address, &c, &k, &ours, &f) == 0, "%s", f.text);
	card_free(&c);
}

static bool import(const char *text)
{
	struct card c = card_of(text);
	struct masters *p = change();
	bool changed;

	ck_assert_msg(masters_import(p, &c, &changed, &f) == 0, "%s", f.text);
	masters_close(p);
	card_free(&c);
	return changed;
}

static void holds(const char *path, const char *want)
{
	struct buf b = BUF_INIT(1 << 20);

	ck_assert_msg(file_read(state, path, &b) == 0, "%s: %s", path, strerror(errno));
	ck_assert_str_eq(b.data != NULL ? b.data : "", want);
	buf_free(&b);
}

static bool there(const char *path)
{
	return faccessat(state, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static struct stat stat_of(const char *path)
{
	struct stat st;

	ck_assert_msg(fstatat(state, path, &st, AT_SYMLINK_NOFOLLOW) == 0, "%s", path);
	return st;
}

static void write_file(const char *path, const char *text)
{
	ck_assert_int_eq(file_replace(state, path, text, strlen(text), 0600, FILE_UNSYNCED), 0);
}

START_TEST(nothing_yet)
{
	struct masters *p = must(masters_open(&config, MASTERS_READ, 0, &f));

	ck_assert(!masters_stale(p));
	ck_assert_ptr_null(masters_name(p, "ma"));
	ck_assert_int_eq(masters_state(p, "ma")->tried, 0);
	masters_close(p);
	ck_assert(!there("state"));
	put_in_order();
	ck_assert(!there("known_hosts") && !there(".ssh") && !there("masters"));
}
END_TEST

START_TEST(two_masters)
{
	static const char known[] =
	    "ma " ED("B") "\n192.0.2.2 " ED("E") "\n192.0.2.2 " ED("F") "\n";
	static const char lines[] =
	    HEAD OURS("A", "ma") OURS("C", "192.0.2.2") OURS("D", "192.0.2.2");
	static const char *const files[] = { "known_hosts", ".ssh/authorized_keys", "masters/ma",
		"masters/192.0.2.2" };
	struct stat before[4];
	struct masters *p = change();

	/* In whatever order they come, files follow the configuration's. */
	put(p, "192.0.2.2", TEXT2, ED("Y"));
	put(p, "ma", TEXT1, ED("Y"));
	ck_assert_str_eq(masters_name(p, "ma"), "m1");
	ck_assert_str_eq(masters_name(p, "192.0.2.2"), "m2");
	holds("known_hosts", known);
	holds(".ssh/authorized_keys", lines);
	holds("masters/ma",
	    "BIJKCARD 1 master\nMASTER m1\nADDRESS ma\nPULLKEY " ED("A") "\nHOSTKEY " ED(
		"B") "\nEND\n");
	ck_assert_uint_eq(stat_of(".ssh").st_mode & 07777, 0700);
	ck_assert_uint_eq(stat_of("masters").st_mode & 07777, 0700);
	for (size_t i = 0; i < 4; i++) {
		before[i] = stat_of(files[i]);
		ck_assert_uint_eq(before[i].st_mode & 07777, 0600);
	}
	/* The same again writes nothing. */
	put(p, "192.0.2.2", TEXT2, ED("Y"));
	put(p, "ma", TEXT1, ED("Y"));
	masters_close(p);
	ck_assert(!stale());
	put_in_order();
	for (size_t i = 0; i < 4; i++)
		ck_assert_msg(
		    stat_of(files[i]).st_ino == before[i].st_ino, "%s was written", files[i]);
}
END_TEST

START_TEST(changed_keys)
{
	struct masters *p = change();

	put(p, "ma", TEXT1, ED("Y"));
	put(p, "ma", TEXT2, ED("Y"));
	masters_close(p);
	holds("known_hosts", "ma " ED("E") "\nma " ED("F") "\n");
	holds(".ssh/authorized_keys", HEAD OURS("C", "ma") OURS("D", "ma"));
}
END_TEST

/* authorized_keys is ours; other keys lie in authorized_keys2. */
START_TEST(other_lines_go)
{
	static const char want[] = HEAD OURS("A", "ma");
	struct masters *p;

	ck_assert_int_eq(mkdirat(state, ".ssh", 0755), 0);
	write_file(".ssh/authorized_keys", OURS("Q", "gone") ED("X") " root@host\n");
	write_file(".ssh/authorized_keys2", ED("X") " root@host\n");
	ck_assert(stale());
	p = change();
	holds(".ssh/authorized_keys", "");
	put(p, "ma", TEXT1, ED("Y"));
	holds(".ssh/authorized_keys", want);
	ck_assert_uint_eq(stat_of(".ssh").st_mode & 07777, 0700);
	masters_close(p);
	/* An edited line of ours is put back. */
	write_file(".ssh/authorized_keys", HEAD ED("A") " bijk-master:ma\n");
	ck_assert(stale());
	put_in_order();
	holds(".ssh/authorized_keys", want);
	holds(".ssh/authorized_keys2", ED("X") " root@host\n");
}
END_TEST

START_TEST(unreadable_is_kept)
{
	struct card c = card_of(TEXT1);
	struct sshkey k = key_of(ED("Y"));
	struct masters *p = change();

	ck_assert_int_eq(mkdirat(state, ".ssh", 0700), 0);
	write_file(".ssh/elsewhere", "somebody's\n");
	ck_assert_int_eq(symlinkat("elsewhere", state, ".ssh/authorized_keys"), 0);
	ck_assert_int_eq(masters_put(p, "ma", &c, &k, &ours, &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "authorized_keys"));
	ck_assert(S_ISLNK(stat_of(".ssh/authorized_keys").st_mode));
	holds(".ssh/elsewhere", "somebody's\n");
	/* It did not get as far as being taken. */
	ck_assert(!masters_took(p, "ma", &k));
	masters_close(p);
	card_free(&c);
}
END_TEST

START_TEST(dropped_with_the_address)
{
	struct masters *p = change();

	put(p, "ma", TEXT1, ED("Y"));
	put(p, "192.0.2.2", TEXT2, ED("Y"));
	masters_close(p);
	ck_assert(there("state/register-192.0.2.2"));
	configure(1, "ma", NULL);
	ck_assert(stale());
	put_in_order();
	ck_assert(!stale());
	holds("known_hosts", "ma " ED("B") "\n");
	holds(".ssh/authorized_keys", HEAD OURS("A", "ma"));
	ck_assert(there("masters/ma") && there("state/register-ma"));
	ck_assert(!there("masters/192.0.2.2") && !there("state/register-192.0.2.2"));
	configure(0, NULL, NULL);
	put_in_order();
	holds("known_hosts", "");
	holds(".ssh/authorized_keys", "");
	ck_assert(!there("masters/ma"));
}
END_TEST

/* A name may change, but not to that of the master at another address. */
START_TEST(another_master_at_its_address)
{
	struct masters *p = change();
	struct card m1 = card_of(TEXT1), renamed = card_of(TEXT3);
	struct sshkey k = key_of(ED("I"));

	put(p, "ma", TEXT1, ED("I"));
	put(p, "192.0.2.2", TEXT2, ED("I"));
	ck_assert_int_eq(masters_put(p, "192.0.2.2", &m1, &k, &ours, &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "it was master m2 and is now m1, the master at ma"));
	ck_assert_str_eq(masters_name(p, "192.0.2.2"), "m2");
	ck_assert_int_eq(masters_put(p, "192.0.2.2", &renamed, &k, &ours, &f), 0);
	ck_assert_str_eq(masters_name(p, "192.0.2.2"), "m3");
	/* And two masters of one name are not both pinned, unless they are
	 * one. */
	card_free(&renamed);
	renamed = card_of(
	    "BIJKCARD 1 master\nMASTER m1\nPULLKEY " ED("G") "\nHOSTKEY " ED("H") "\nEND\n");
	ck_assert_int_eq(unlinkat(state, "masters/192.0.2.2", 0), 0);
	masters_close(p);
	p = change();
	ck_assert_int_eq(masters_put(p, "192.0.2.2", &renamed, &k, &ours, &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "the master at ma is called m1 too"));
	ck_assert_int_eq(masters_put(p, "192.0.2.2", &m1, &k, &ours, &f), 0);
	card_free(&m1);
	card_free(&renamed);
	masters_close(p);
}
END_TEST

START_TEST(imported)
{
	struct card c = card_of(TEXT1), c3 = card_of(TEXT3);
	struct masters *p = change();
	bool changed;

	/* Only for an address that is configured. */
	ck_assert_int_eq(masters_import(p, &c3, &changed, &f), -1);
	ck_assert_int_eq(f.exit_code, EX_CONFIG);
	masters_close(p);
	ck_assert(!there(".ssh/authorized_keys"));
	configure(1, "m3.example.org", NULL);
	ck_assert(import(TEXT3));
	ck_assert(!import(TEXT3));
	ck_assert(!stale() && there("masters/m3.example.org"));
	holds("known_hosts", "m3.example.org " ED("H") "\n");
	holds(".ssh/authorized_keys", HEAD OURS("G", "m3.example.org"));
	/* From here on it goes with its address. */
	configure(0, NULL, NULL);
	ck_assert(stale());
	put_in_order();
	ck_assert(!there("masters/m3.example.org"));
	holds(".ssh/authorized_keys", "");
	/* A card without an address is good for nothing here. */
	p = change();
	ck_assert_int_eq(masters_import(p, &c, &changed, &f), -1);
	ck_assert_int_eq(f.exit_code, EX_DATAERR);
	masters_close(p);
	card_free(&c);
	card_free(&c3);
}
END_TEST

START_TEST(after_a_crash)
{
	struct masters *p = change();

	put(p, "ma", TEXT1, ED("Y"));
	masters_close(p);
	/* The card was written, the rest was not. */
	ck_assert_int_eq(unlinkat(state, "known_hosts", 0), 0);
	write_file(".ssh/authorized_keys", OURS("Q", "ma"));
	write_file("masters/.tmp", "");
	write_file("masters/ma.tmp", "BIJKCARD 1 mas");
	ck_assert(stale());
	put_in_order();
	ck_assert(!stale());
	holds("known_hosts", "ma " ED("B") "\n");
	holds(".ssh/authorized_keys", HEAD OURS("A", "ma"));
	configure(1, "m3.example.org", NULL);
	import(TEXT3);
	/* A card that is none is as good as absent, and not trusted. */
	write_file("masters/m3.example.org", TEXT1);
	put_in_order();
	holds(".ssh/authorized_keys", "");
	holds("known_hosts", "");
}
END_TEST

START_TEST(standing)
{
	struct pushkey keys = { .key = key_of(ED("Y")), .next = key_of(ED("Z")) };
	struct pushkey other = { .key = key_of(ED("W")), .next = key_of(ED("Y")) };
	int64_t before = now_s();
	struct masters *p;

	import("BIJKCARD 1 master\nMASTER m1\nADDRESS ma\nPULLKEY " ED("A") "\nEND\n");
	p = change();
	ck_assert_int_eq(masters_registered(p, "ma", &keys), CARD_ONLY);
	ck_assert_int_eq(masters_registered(p, "192.0.2.2", &keys), UNREGISTERED);
	ck_assert_int_eq(masters_registered(p, "nobody", &keys), UNREGISTERED);
	masters_note(p, "ma", "pending", "it \"says\" so");
	ck_assert_int_ge(masters_state(p, "ma")->tried, before);
	ck_assert_int_eq(masters_registered(p, "ma", &keys), CARD_ONLY);
	ck_assert_int_eq(masters_state(p, "192.0.2.2")->tried, 0);
	put(p, "ma", TEXT1, ED("Y"));
	/* A later failure takes nothing back. */
	masters_note(p, "ma", "unreachable", "");
	masters_close(p);
	p = must(masters_open(&config, MASTERS_READ, 0, &f));
	ck_assert_int_ge(masters_state(p, "ma")->tried, before);
	ck_assert_int_eq(masters_registered(p, "ma", &keys), REGISTERED);
	ck_assert(masters_took(p, "ma", &keys.key) && !masters_took(p, "ma", &keys.next));
	/* Taken with a key that is no more, or only with the one that is to
	 * come. */
	ck_assert_int_eq(masters_registered(p, "ma", &other), UNREGISTERED);
	other.rotating = true;
	ck_assert_int_eq(masters_registered(p, "ma", &other), REGISTERED);
	masters_close(p);
	/* Small state may be lost, and a clock be wrong. */
	write_file("state/register-ma", "time: 99999999999\nkey");
	p = masters_open(&config, MASTERS_READ, 0, &f);
	ck_assert_int_eq(masters_state(p, "ma")->tried, 0);
	ck_assert_int_eq(masters_registered(p, "ma", &keys), CARD_ONLY);
	masters_close(p);
}
END_TEST

START_TEST(who_must_have_a_copy)
{
	struct masters *p = change();
	struct copies c;

	config.copies = 1;
	ck_assert_ptr_null(masters_copies(&config, p, &c));
	config.copies = 3;
	/* None has a name yet, and so none has a copy. */
	ck_assert_ptr_eq(masters_copies(&config, p, &c), &c);
	ck_assert_uint_eq(c.wanted, 2);
	ck_assert_uint_eq(c.n, 0);
	put(p, "ma", TEXT1, ED("I"));
	masters_copies(&config, p, &c);
	ck_assert_uint_eq(c.wanted, 2);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.master[0], "m1");
	/* Two addresses of one master are one. */
	put(p, "192.0.2.2", TEXT1, ED("I"));
	masters_copies(&config, p, &c);
	ck_assert_uint_eq(c.wanted, 1);
	ck_assert_uint_eq(c.n, 1);
	put(p, "192.0.2.2", TEXT2, ED("I"));
	masters_copies(&config, p, &c);
	ck_assert_uint_eq(c.wanted, 2);
	ck_assert_str_eq(c.master[1], "m2");
	masters_close(p);
	/* Where the cards cannot be read nothing is freed. */
	ck_assert_uint_eq(must(masters_copies(&config, NULL, &c))->wanted, 3);
	ck_assert_uint_eq(c.n, 0);
}
END_TEST

START_TEST(one_at_a_time)
{
	struct masters *p = change(), *reader;

	ck_assert_ptr_null(masters_open(&config, MASTERS_CHANGE, 0, &f));
	ck_assert_int_eq(f.exit_code, EX_TEMPFAIL);
	reader = must(masters_open(&config, MASTERS_READ, 0, &f));
	masters_close(reader);
	masters_close(p);
	put_in_order();
}
END_TEST

START_TEST(only_configured_ones_register)
{
	struct card c = card_of(TEXT1);
	struct sshkey k = key_of(ED("Y"));
	struct masters *p = change();

	ck_assert_int_eq(masters_put(p, "nobody", &c, &k, &ours, &f), -1);
	masters_close(p);
	ck_assert(!there(".ssh/authorized_keys"));
	card_free(&c);
}
END_TEST

SUITE_MAIN_FIXTURE("masters", setup, teardown, nothing_yet, two_masters, changed_keys,
    other_lines_go, unreadable_is_kept, dropped_with_the_address, another_master_at_its_address,
    imported, after_a_crash, standing, who_must_have_a_copy, one_at_a_time,
    only_configured_ones_register)
