/* SPDX-License-Identifier: ISC */
/*
 * Each rule set is saved and restored by its own program, so none is understood
 * here. iptables prints what nft put into its tables wrongly or not at all:
 * therefore a table that differs when both are listed by nft is made anew from
 * that list.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/copy.h"
#include "common/base/io.h"

#include "common/base/banned.h"

/* A rule set: the list of it, and what takes it in. */
struct rules {
	char what[160];	 /* "table inet guard of nft" */
	char table[128]; /* as nft calls it; "" */
	int list;	 /* by nft; -1 */
	int saved;
	const char *const *restore;
};
#define RULES_MAX 128
static struct rules rules[RULES_MAX];
static size_t rules_n;

/* What could not be read, and why: lines. */
static char unread[512];

static void not_read(const char *what, const char *why)
{
	size_t used = strlen(unread);

	snprintf(
	    unread + used, sizeof(unread) - used, "%s: %.*s\n", what, (int)strcspn(why, "\n"), why);
}

static const char *const nft_restore[] = { "/usr/sbin/nft", "-f", "-", NULL };

static void keep_rules(
    const char *what, const char *table, int list, int saved, const char *const *restore)
{
	struct rules *r = &rules[rules_n];

	if (list == -1 && saved == -1) {
		if (errno == ETIMEDOUT)
			not_read(what, "it took too long to read");
		return;
	}
	if (rules_n == RULES_MAX) {
		not_read(what, "there are too many");
		return;
	}
	*r = (struct rules){ .list = list, .saved = saved, .restore = restore };
	snprintf(r->what, sizeof(r->what), "%s", what);
	snprintf(r->table, sizeof(r->table), "%s", table);
	rules_n++;
}

/* By its own program where it is one of these; how it is saved then. */
static const char *const *iptables_of(const char *family, const char *table)
{
	static const char *argv[] = { NULL, "-t", NULL, NULL };
	static const char *const tables[] = { "filter", "nat", "mangle", "raw", "security" };
	static const char *const four[] = { "/usr/sbin/iptables-nft-save", NULL };
	static const char *const six[] = { "/usr/sbin/ip6tables-nft-save", NULL };

	if (strcmp(family, "ip") == 0)
		argv[0] = first_program(four);
	else if (strcmp(family, "ip6") == 0)
		argv[0] = first_program(six);
	else
		return NULL;
	for (size_t i = 0; argv[0] != NULL && i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(table, tables[i]) == 0) {
			argv[2] = table;
			return argv;
		}
	}
	return NULL;
}

static const char *const restore4[] = { "/usr/sbin/iptables-nft-restore", "--noflush", NULL };
static const char *const restore6[] = { "/usr/sbin/ip6tables-nft-restore", "--noflush", NULL };

static void look_at_table(const char *family, const char *name)
{
	const char *const list[] = { "/usr/sbin/nft", "-s", "list", "table", family, name, NULL };
	const char *const *save = iptables_of(family, name);
	char what[160], table[128];
	int listed, saved;

	snprintf(table, sizeof(table), "%s %s", family, name);
	snprintf(what, sizeof(what), "table %s of nft", table);
	listed = ask_kept(list);
	saved = save != NULL ? ask_kept(save) : -1;
	if (listed == -1 && saved == -1) {
		not_read(what, "it cannot be listed");
		return;
	}
	keep_rules(what, table, listed, saved, strcmp(family, "ip") == 0 ? restore4 : restore6);
}

/* To list the tables alone nft reads all elements of all sets first, but not
 * so to list everything without these; an old one knows no such way. */
static void look_at_nft(void)
{
	const char *argv[] = { "/usr/sbin/nft", "-t", "list", "ruleset", NULL };
	char family[16], name[112], *save = NULL;
	struct answer a;
	int rc = ask_for(&a, argv, KEPT_SECONDS);

	if (rc == 0 && a.code != 0) {
		answer_free(&a);
		argv[1] = "-s";
		rc = ask_for(&a, argv, KEPT_SECONDS);
	}
	if (rc == -1 && errno != ENOENT)
		not_read("rules of nft", strerror(errno));
	else if (rc == 0 && a.code != 0)
		not_read("rules of nft", a.err.data);
	for (char *line = rc == 0 ? strtok_r(a.out.data, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "table %15s %111s", family, name) == 2)
			look_at_table(family, name);
	}
	answer_free(&a);
}

/* To ask for legacy tables where there are none would make them. */
static bool has_lines(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool some = fd != -1 && read(fd, &byte, 1) == 1;

	close_fd(fd);
	return some;
}

void copy_rules_keep(void)
{
	static const char *const sets[] = { "/usr/sbin/ipset", "save", NULL };
	static const char *const take_sets[] = { "/usr/sbin/ipset", "restore", NULL };
	static const char *const four[] = { "/usr/sbin/iptables-legacy-save", NULL };
	static const char *const take4[] = { "/usr/sbin/iptables-legacy-restore", NULL };
	static const char *const six[] = { "/usr/sbin/ip6tables-legacy-save", NULL };
	static const char *const take6[] = { "/usr/sbin/ip6tables-legacy-restore", NULL };
	/* Who is in the lists of iptables' `recent`, once. */
	static const char *const recent[] = { "/bin/sh", "-c",
		"cd /proc/net/xt_recent && grep -o '^src=[^ ]*' * /dev/null", NULL };
	static const char *const take_recent[] = { "/bin/sh", "-c",
		"while IFS=: read -r n a; do echo \"+${a#src=}\" >/proc/net/xt_recent/\"$n\"; done",
		NULL };
	keep_rules("sets of ipset", "", -1, ask_kept(sets), take_sets);
	look_at_nft();
	if (has_lines("/proc/net/ip_tables_names"))
		keep_rules("rules of iptables-legacy", "", -1, ask_kept(four), take4);
	if (has_lines("/proc/net/ip6_tables_names"))
		keep_rules("rules of ip6tables-legacy", "", -1, ask_kept(six), take6);
	if (access("/proc/net/xt_recent", F_OK) == 0)
		keep_rules("lists of recent addresses", "", -1, ask_kept(recent), take_recent);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A number for each line, whatever the order of its words, as an array of them,
 * sorted. */
static struct buf numbers_of_lines(int fd)
{
	struct buf b = BUF_INIT(64u << 20), v = BUF_INIT(64u << 20);
	uint64_t line = 0, word = 0;

	lseek(fd, 0, SEEK_SET);
	read_all(fd, &b, DEADLINE_NEVER);
	for (size_t i = 0; i < b.len; i++) {
		if (b.data[i] != ' ' && b.data[i] != '\n') {
			word = (word ^ (unsigned char)b.data[i]) * 1099511628211u; /* FNV's prime */
			continue;
		}
		line += word;
		word = 0;
		if (b.data[i] == '\n') {
			buf_add(&v, &line, sizeof(line));
			line = 0;
		}
	}
	buf_free(&b);
	if (v.len > 0)
		qsort(v.data, v.len / sizeof(line), sizeof(line), by_value);
	return v;
}

/* Does a list have all lines of another, in any order, as often? A restore
 * makes chains and a rule's matches in another one, and some chains besides. */
static bool has_all_lines(int fd, int of)
{
	struct buf have = numbers_of_lines(fd), want = numbers_of_lines(of);
	const uint64_t *h = (const void *)have.data, *w = (const void *)want.data;
	size_t i = 0, n = want.len / sizeof(*w);

	for (size_t j = 0; i < n && j < have.len / sizeof(*h); j++)
		i += h[j] == w[i];
	buf_free(&have);
	buf_free(&want);
	return i == n;
}

/* Is the table, which was restored, all that it is in the real namespace? */
static bool same_list(const struct rules *r)
{
	char family[16], name[112];
	bool same;
	int now;

	if (sscanf(r->table, "%15s %111s", family, name) != 2)
		return true;
	now = ask_kept(
	    (const char *const[]){ "/usr/sbin/nft", "-s", "list", "table", family, name, NULL });
	same = now != -1 && has_all_lines(now, r->list);
	close_fd(now);
	return same;
}

static void lose(struct copy *c, const struct rules *r, const char *why)
{
	size_t used = strlen(c->lost);

	snprintf(c->lost + used, sizeof(c->lost) - used, "%s: %s\n", r->what, why);
}

static void make_table(struct copy *c, const struct rules *r)
{
	char why[256], line[256];

	if (r->saved != -1 && ask_with(r->restore, r->saved, why) &&
	    (r->list == -1 || same_list(r)))
		return;
	if (r->list != -1) {
		if (r->saved != -1) {
			snprintf(line, sizeof(line), "nft delete table %s", r->table);
			copy_shell(line);
		}
		if (ask_with(nft_restore, r->list, why))
			return;
		/* Most of it is better than nothing. */
		if (r->saved != -1)
			ask_with(r->restore, r->saved, line);
	}
	lose(c, r, why);
}

void copy_rules_make(struct copy *c)
{
	snprintf(c->lost, sizeof(c->lost), "%s", unread);
	for (size_t i = 0; i < rules_n; i++)
		make_table(c, &rules[i]);
}
