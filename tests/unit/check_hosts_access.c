/* SPDX-License-Identifier: ISC */
/*
 * hosts.allow and hosts.deny. Where libwrap is on this machine it is asked the
 * same, both of the table below and of rules made at random.
 */
#include "bijk-doctor/hosts_access.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define V4 "192.0.2.10"
#define V6 "2001:db8::10"
#define NAME "master.example.org"

/* --- Libwrap --- */

static struct {
	int (*ask)(char *daemon, char *name, char *address, char *user);
	char allow_path[32], deny_path[32];
	int allow, deny; /* the files behind these */
} wrap;

static int memory_file(char path[32])
{
	int fd = memfd_create("hosts", MFD_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/* False: there is none. The options of a rule are not acted upon, but those
 * that change the process are. */
static bool wrap_open(void)
{
	void *lib = dlopen("libwrap.so.0", RTLD_NOW);
	char **allow, **deny;
	int *dry_run;

	if (lib == NULL)
		return false;
	allow = dlsym(lib, "hosts_allow_table");
	deny = dlsym(lib, "hosts_deny_table");
	dry_run = dlsym(lib, "dry_run");
	*(void **)&wrap.ask = dlsym(lib, "hosts_ctl");
	if (allow == NULL || deny == NULL || dry_run == NULL || wrap.ask == NULL)
		return false;
	wrap.allow = memory_file(wrap.allow_path);
	wrap.deny = memory_file(wrap.deny_path);
	*allow = wrap.allow_path;
	*deny = wrap.deny_path;
	*dry_run = 1;
	return true;
}

static void fill(int fd, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, text, (size_t)len, 0), len);
}

static bool wrap_lets_in(const char *address, const char *name)
{
	char daemon[] = "sshd", a[64], n[64], user[] = "unknown";

	snprintf(a, sizeof(a), "%s", address);
	snprintf(n, sizeof(n), "%s", name != NULL ? name : "unknown");
	return wrap.ask(daemon, n, a, user) != 0;
}

/* --- Both files, as sshd asks them --- */

static enum wrapper_say both(
    const char *allow, const char *deny, const char *address, const char *name)
{
	struct wrapper_client c = { .daemon = "sshd", .address = address, .name = name };
	struct wrapper_rule rule;
	enum wrapper_say say = hosts_access(allow, &c, WRAPPER_ALLOWS, &rule);

	if (say == WRAPPER_NO_RULE)
		say = hosts_access(deny, &c, WRAPPER_DENIES, &rule);
	return say == WRAPPER_NO_RULE ? WRAPPER_ALLOWS : say;
}

#define IN WRAPPER_ALLOWS
#define OUT WRAPPER_DENIES
#define UNKNOWN WRAPPER_UNKNOWN

/* What each says in hosts.deny, of the IPv4 address without a name, of it with
 * one, and of the IPv6 address. */
static const struct {
	const char *deny;
	enum wrapper_say v4, named, v6;
} table[] = {
	{ "", IN, IN, IN },
	{ "ALL: ALL\n", OUT, OUT, OUT },
	{ "all:all\r\n", OUT, OUT, OUT },
	{ "SSHD : all \n", OUT, OUT, OUT },
	{ "ftpd, sshd: ALL\n", OUT, OUT, OUT },
	{ "ftpd: ALL\n", IN, IN, IN },
	{ "ss?d: ALL\n", OUT, OUT, OUT },
	{ "ALL EXCEPT sshd: ALL\n", IN, IN, IN },
	{ "sshd@ALL: ALL\n", OUT, OUT, OUT },
	{ "sshd@192.0.2.20: ALL\n", UNKNOWN, UNKNOWN, UNKNOWN },
	{ "# sshd: ALL\n", IN, IN, IN },
	{ " # sshd: ALL\n", OUT, OUT, OUT },
	{ "sshd: 10.0.0.1 # " V4 "\n", OUT, OUT, UNKNOWN },
	{ "junk\n\n \nsshd: ALL\n", OUT, OUT, OUT },
	{ "sshd: \\\n  ALL\n", OUT, OUT, OUT },
	{ "#\\\nsshd: ALL\n", IN, IN, IN },
	/* Lines that break the file. */
	{ "sshd: ALL", OUT, OUT, OUT },
	{ "ftpd: ALL", OUT, OUT, OUT },
	{ "# the end", OUT, OUT, OUT },
	/* Addresses. */
	{ "sshd: " V4 "\n", OUT, OUT, IN },
	{ "sshd: 192.0.2.1\n", IN, IN, IN },
	{ "sshd: 192.0.2.\n", OUT, OUT, IN },
	{ "sshd: .10\n", OUT, OUT, IN },
	{ "sshd: 192.0.2.1?\n", OUT, OUT, IN },
	{ "sshd: 10.*\n", IN, IN, IN },
	{ "sshd: [" V6 "]\n", IN, IN, OUT },
	{ "sshd: [2001:DB8:0::10]\n", IN, IN, OUT },
	{ "sshd: 2001:db8::10\n", IN, IN, IN },
	{ "sshd: [" V4 "]\n", IN, IN, UNKNOWN },
	/* Networks. */
	{ "sshd: 192.0.2.0/24\n", OUT, OUT, IN },
	{ "sshd: 192.0.2.0/255.255.255.0\n", OUT, OUT, IN },
	{ "sshd: 192.0.2.8/255.255.255.253\n", OUT, OUT, IN },
	{ "sshd: 192.0.2.7/24\n", IN, IN, IN },
	{ "sshd: 192.0.2.7/255.255.255.0\n", IN, IN, IN },
	{ "sshd: " V4 "/32\n", OUT, OUT, IN },
	{ "sshd: " V4 "/255.255.255.255\n", IN, IN, IN },
	{ "sshd: 0.0.0.0/0\n", IN, IN, IN },
	{ "sshd: 0.0.0.0/0.0.0.0\n", OUT, OUT, IN },
	{ "sshd: 128.0.0.0/1\n", OUT, OUT, IN },
	{ "sshd: 192.0.2.0/33\n", IN, IN, IN },
	{ "sshd: 192.0.2.0/24x\n", UNKNOWN, UNKNOWN, UNKNOWN },
	{ "sshd: example/24\n", IN, IN, IN },
	{ "sshd: [2001:db8::]/32\n", IN, IN, OUT },
	{ "sshd: [2001:db8::1]/32\n", IN, IN, OUT },
	{ "sshd: [2001:db9::]/32\n", IN, IN, IN },
	{ "sshd: [::]/0\n", IN, IN, OUT },
	{ "sshd: [2001:db8::]/129\n", IN, IN, IN },
	/* Names. */
	{ "sshd: Master.Example.org\n", UNKNOWN, OUT, UNKNOWN },
	{ "sshd: .example.ORG\n", UNKNOWN, OUT, UNKNOWN },
	{ "sshd: .master.example.org\n", UNKNOWN, IN, UNKNOWN },
	{ "sshd: master.\n", UNKNOWN, OUT, UNKNOWN },
	{ "sshd: *.example.org\n", UNKNOWN, OUT, UNKNOWN },
	{ "sshd: LOCAL\n", UNKNOWN, IN, UNKNOWN },
	{ "sshd: KNOWN\n", UNKNOWN, OUT, UNKNOWN },
	{ "sshd: PARANOID UNKNOWN\n", UNKNOWN, IN, UNKNOWN },
	{ "sshd: @friends\n", UNKNOWN, UNKNOWN, UNKNOWN },
	{ "sshd: /etc/friends\n", UNKNOWN, UNKNOWN, UNKNOWN },
	{ "sshd: root@10.0.0.1\n", IN, IN, IN },
	{ "sshd: root@ALL\n", UNKNOWN, UNKNOWN, UNKNOWN },
	/* Exceptions. */
	{ "sshd: ALL EXCEPT " V4 "\n", IN, IN, OUT },
	{ "sshd: ALL EXCEPT 192.0.2. EXCEPT " V4 "\n", OUT, OUT, OUT },
	{ "sshd: EXCEPT ALL\n", IN, IN, IN },
	{ "sshd: ALL EXCEPT\n", OUT, OUT, OUT },
	{ "sshd: ALL EXCEPT .example.org\n", UNKNOWN, IN, UNKNOWN },
	/* Options. */
	{ "sshd: ALL: allow\n", IN, IN, IN },
	{ "sshd: ALL: severity auth.info : ALLOW\n", IN, IN, IN },
	{ "sshd: ALL: spawn (echo a\\:b) : allow\n", IN, IN, IN },
	{ "sshd: ALL: spawn (echo a:b) : allow\n", OUT, OUT, OUT },
	{ "sshd: ALL: allow : severity auth.info\n", OUT, OUT, OUT },
	{ "sshd: ALL: allow :\n", OUT, OUT, OUT },
	{ "sshd: ALL: allow = x\n", OUT, OUT, OUT },
	{ "sshd: [" V6 "]: allow\nsshd: ALL\n", OUT, OUT, IN },
	{ "sshd: ALL: aclexec true\n", UNKNOWN, UNKNOWN, UNKNOWN },
};

START_TEST(each)
{
	const char *deny = table[_i].deny;
	const struct {
		const char *address, *name;
		enum wrapper_say say;
	} clients[] = { { V4, NULL, table[_i].v4 }, { V4, NAME, table[_i].named },
		{ V6, NULL, table[_i].v6 } };
	bool compare = wrap_open();

	for (size_t i = 0; i < 3; i++) {
		enum wrapper_say say = both("", deny, clients[i].address, clients[i].name);

		ck_assert_msg(say == clients[i].say, "%s of %s: %d", deny, clients[i].address, say);
		if (!compare || say == UNKNOWN)
			continue;
		fill(wrap.allow, "");
		fill(wrap.deny, deny);
		ck_assert_msg(wrap_lets_in(clients[i].address, clients[i].name) == (say == IN),
		    "libwrap: %s of %s", deny, clients[i].address);
	}
}
END_TEST

START_TEST(allow_first)
{
	static const struct {
		const char *allow;
		enum wrapper_say say; /* before a hosts.deny with ALL: ALL */
	} v[] = { { "", OUT }, { "sshd: " V4 "\n", IN }, { "sshd: " V4, OUT },
		{ "ftpd: ALL\nsshd: " V4 "\n", IN }, { "sshd: ALL: deny\n", OUT },
		{ "sshd: ALL: nonsense\n", OUT }, { "sshd: ALL: umask 22\n", IN },
		{ "sshd: ALL: umask\n", OUT }, { "sshd: ALL: keepalive\n", IN },
		{ "sshd: " V4 "\nlast", IN } };
	bool compare = wrap_open();

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ck_assert_msg(
		    both(v[i].allow, "ALL: ALL\n", V4, NULL) == v[i].say, "%s", v[i].allow);
		if (!compare)
			continue;
		fill(wrap.allow, v[i].allow);
		fill(wrap.deny, "ALL: ALL\n");
		ck_assert_msg(
		    wrap_lets_in(V4, NULL) == (v[i].say == IN), "libwrap: %s", v[i].allow);
	}
}
END_TEST

START_TEST(which_rule)
{
	struct wrapper_client c = { .daemon = "sshd", .address = V4 };
	struct wrapper_rule r;

	ck_assert_int_eq(
	    hosts_access("# one\nftpd: ALL\nsshd: \\\n 10.0.0.1 \\\n ALL\n", &c, OUT, &r), OUT);
	ck_assert_uint_eq(r.line, 3);
	ck_assert_str_eq(r.text, "sshd:  10.0.0.1  ALL");
	ck_assert(!r.broken);
	ck_assert_int_eq(hosts_access("ftpd: ALL\\\n\nx: y", &c, OUT, &r), OUT);
	ck_assert_uint_eq(r.line, 3);
	ck_assert(r.broken);
	ck_assert_int_eq(hosts_access("a: b\nx: y", &c, IN, &r), WRAPPER_NO_RULE);
	ck_assert_uint_eq(r.line, 2);
	ck_assert(r.broken);
	ck_assert_int_eq(hosts_access("a: b\n", &c, IN, &r), WRAPPER_NO_RULE);
	ck_assert(!r.broken);
}
END_TEST

/* 2047 bytes with the end of the line are read, 2048 are not. */
START_TEST(long_lines)
{
	char text[2048 + 16];
	bool compare = wrap_open();

	for (size_t len = 2046; len <= 2047; len++) {
		memset(text, 'x', len);
		text[0] = '#';
		snprintf(text + len, sizeof(text) - len, "\nsshd: ALL\n");
		ck_assert_int_eq(both(text, "ALL: ALL\n", V4, NULL), len == 2046 ? IN : OUT);
		if (!compare)
			continue;
		fill(wrap.allow, text);
		fill(wrap.deny, "ALL: ALL\n");
		ck_assert_int_eq(wrap_lets_in(V4, NULL), len == 2046);
	}
}
END_TEST

/* --- Rules at random --- */

static unsigned long long seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const char *one(const char *const v[], unsigned n)
{
	return v[below(n)];
}
#define ONE(v) one(v, sizeof(v) / sizeof((v)[0]))

static void make_rules(char *out, size_t room)
{
	static const char *const daemons[] = { "sshd", "sshd", "ALL", "ftpd", "s*", "sshd,ftpd",
		"ALL EXCEPT ftpd", "ALL EXCEPT sshd", "ftpd EXCEPT x", "sshd@ALL", "[::1]" };
	static const char *const clients[] = { "ALL", V4, "[" V6 "]", "192.0.2.", "10.", ".10",
		"192.0.2.0/24", "192.0.2.0/25", "192.0.2.8/30", "192.0.2.8/255.255.255.252",
		"10.0.0.0/8", "[2001:db8::]/32", "[2001:db8::8]/126", "[fe80::]/10", "EXCEPT",
		"EXCEPT", ".example.org", NAME, "MASTER.*", "LOCAL", "KNOWN", "UNKNOWN", "PARANOID",
		"*", "?0*", "*.1?", "master", "0.0.0.0/0", "[::]/0", "#", "\\\n", "m.", "master.",
		"192.0.2.0/", "x/8", "1", "[" V6 "]/127", "[::ffff:192.0.2.10]", "root@10.0.0.1" };
	static const char *const options[] = { "", "", "", "", ": allow", ": deny",
		": severity x.y", ": keepalive : allow", ": allow : deny", ":", ": nonsense",
		": setenv A b : deny", ": keepalive 1", " : ALLOW" };
	size_t at = 0;

	out[0] = '\0';
	for (unsigned rules = below(4); rules > 0; rules--) {
		at += (size_t)snprintf(out + at, room - at, "%s%s", below(12) == 0 ? " " : "",
		    below(20) == 0 ? "#" : ONE(daemons));
		at += (size_t)snprintf(out + at, room - at, "%s", below(20) == 0 ? " " : ":");
		for (unsigned n = 1 + below(4); n > 0; n--)
			at += (size_t)snprintf(
			    out + at, room - at, "%s%s", below(3) == 0 ? "," : " ", ONE(clients));
		at += (size_t)snprintf(out + at, room - at, "%s%s", ONE(options),
		    below(15) == 0	 ? "\r\n"
			: below(15) == 0 ? ""
					 : "\n");
	}
}

/* Without a name ours must hold for a client that has none and for one whose
 * name is a lie. */
START_TEST(as_libwrap)
{
	static const char *const names[] = { NULL, "paranoid", NAME, "master" };
	unsigned decided = 0, asked = 0;

	if (!wrap_open())
		return;
	for (unsigned i = 0; i < 5000; i++) {
		char allow[1024], deny[1024];

		make_rules(allow, sizeof(allow));
		make_rules(deny, sizeof(deny));
		fill(wrap.allow, allow);
		fill(wrap.deny, deny);
		for (unsigned k = 0; k < 8; k++) {
			const char *name = names[k % 4], *address = k < 4 ? V4 : V6;
			enum wrapper_say say = both(allow, deny, address, k % 4 == 1 ? NULL : name);

			asked++;
			if (say == UNKNOWN)
				continue;
			decided++;
			ck_assert_msg(wrap_lets_in(address, name) == (say == IN),
			    "allow:\n%s\ndeny:\n%s\n%s (%s): %d", allow, deny, address,
			    name != NULL ? name : "no name", say);
		}
	}
	ck_assert_uint_gt(decided, asked / 2);
}
END_TEST

SUITE_MAIN_TABLE("hosts_access", each, sizeof(table) / sizeof(table[0]), allow_first, which_rule,
    long_lines, as_libwrap)
