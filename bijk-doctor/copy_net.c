/* SPDX-License-Identifier: ISC */
/*
 * Each rule set is saved and restored by its own program, so none is understood
 * here. iptables prints what nft put into its tables wrongly or not at all:
 * therefore a table that differs when both are listed by nft is made anew from
 * that list.
 */
#include "bijk-doctor/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "common/base/child.h"
#include "common/base/io.h"

#include "common/base/banned.h"

#define RULES_SECONDS 20
#define SETTINGS_MAX 65536
#define PAIR "far" /* the peer's end of the pair */

/* What is kept of the real machine. */
static json_t *links;
static char hop[64];	   /* the next one on the way to the peer, a gateway; "" */
static char neighbour[64]; /* link-layer address of the next hop; "" */
/* As ip saves them. */
static struct routing {
	const char *family, *what;
	int saved;
} routing[] = { { "-4", "rule", -1 }, { "-6", "rule", -1 }, { "-4", "route", -1 },
	{ "-6", "route", -1 } };
#define ROUTING_N (sizeof(routing) / sizeof(routing[0]))
static struct buf settings = BUF_INIT(SETTINGS_MAX);

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

/* Standard output of a program, in memory; -1: it failed or is not here. */
static int saved_by(const char *const argv[])
{
	int fd = memfd_create("rules", MFD_CLOEXEC);
	struct argv v = { .n = 0 };
	struct child c = CHILD_NONE;
	bool good;

	for (size_t i = 0; argv[i] != NULL; i++)
		argv_add(&v, argv[i]);
	good = fd != -1 && argv_done(&v) != NULL &&
	    child_start_on(&c, argv[0], argv_done(&v), -1, fd, CHILD_PIPE_ERR) == 0;
	if (good && child_wait(&c, deadline_in_s(RULES_SECONDS)) != 1)
		not_read(argv[0], "it did not end in time");
	good = good && c.ended && child_exit_code(&c) == 0;
	child_end(&c, 100);
	argv_free(&v);
	if (!good || lseek(fd, 0, SEEK_END) <= 0) {
		close_fd(fd);
		return -1;
	}
	return fd;
}

/* False: why, in the program's words. */
static bool restored_by(const char *const argv[], int from, char why[256])
{
	struct argv v = { .n = 0 };
	struct child c = CHILD_NONE;
	struct buf said = BUF_INIT(4096);
	bool good;

	for (size_t i = 0; argv[i] != NULL; i++)
		argv_add(&v, argv[i]);
	lseek(from, 0, SEEK_SET);
	good = argv_done(&v) != NULL &&
	    child_start_on(&c, argv[0], argv_done(&v), from, -1, CHILD_PIPE_ERR) == 0;
	if (good) {
		deadline_t d = deadline_in_s(RULES_SECONDS);

		read_all(c.err, &said, d);
		good = child_wait(&c, d) == 1 && child_exit_code(&c) == 0;
	}
	snprintf(why, 256, "%.*s", said.data != NULL ? (int)strcspn(said.data, "\n") : 0,
	    said.data != NULL ? said.data : "");
	child_end(&c, 100);
	argv_free(&v);
	buf_free(&said);
	return good;
}

static void keep_rules(
    const char *what, const char *table, int list, int saved, const char *const *restore)
{
	struct rules *r = &rules[rules_n];

	if (list == -1 && saved == -1)
		return;
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
	listed = saved_by(list);
	saved = save != NULL ? saved_by(save) : -1;
	if (listed == -1 && saved == -1)
		not_read(what, "it cannot be listed");
	keep_rules(what, table, listed, saved, strcmp(family, "ip") == 0 ? restore4 : restore6);
}

/* To list the tables alone nft reads all elements of all sets first, but not
 * so to list everything without these; an old one knows no such way. */
static void look_at_nft(void)
{
	const char *argv[] = { "/usr/sbin/nft", "-t", "list", "ruleset", NULL };
	char family[16], name[112], *save = NULL;
	struct answer a;
	int rc = ask_for(&a, argv, RULES_SECONDS);

	if (rc == 0 && a.code != 0) {
		answer_free(&a);
		argv[1] = "-s";
		rc = ask_for(&a, argv, RULES_SECONDS);
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

static const char *program_ip(void)
{
	static const char *const paths[] = { "/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip",
		NULL };
	const char *path = first_program(paths);

	return path != NULL ? path : paths[0];
}

void copy_net_keep(void)
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
	static bool kept;

	if (kept)
		return;
	kept = true;
	keep_rules("sets of ipset", "", -1, saved_by(sets), take_sets);
	look_at_nft();
	if (has_lines("/proc/net/ip_tables_names"))
		keep_rules("rules of iptables-legacy", "", -1, saved_by(four), take4);
	if (has_lines("/proc/net/ip6_tables_names"))
		keep_rules("rules of ip6tables-legacy", "", -1, saved_by(six), take6);
	if (access("/proc/net/xt_recent", F_OK) == 0)
		keep_rules("lists of recent addresses", "", -1, saved_by(recent), take_recent);
	for (size_t i = 0; i < ROUTING_N; i++)
		routing[i].saved = saved_by(
		    (const char *const[]){ program_ip(), routing[i].family, routing[i].what, "save",
			strcmp(routing[i].what, "route") == 0 ? "table" : NULL, "all", NULL });
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
	now = saved_by(
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

	if (r->saved != -1 && restored_by(r->restore, r->saved, why) &&
	    (r->list == -1 || same_list(r)))
		return;
	if (r->list != -1) {
		if (r->saved != -1) {
			snprintf(line, sizeof(line), "nft delete table %s", r->table);
			copy_shell(line);
		}
		if (restored_by(nft_restore, r->list, why))
			return;
		/* Most of it is better than nothing. */
		if (r->saved != -1)
			restored_by(r->restore, r->saved, line);
	}
	lose(c, r, why);
}

static void make_rules(struct copy *c)
{
	for (size_t i = 0; i < rules_n; i++)
		make_table(c, &rules[i]);
}

/* --- Interfaces --- */

static json_t *asked_json(const char *const argv[], char why[256])
{
	struct answer a;
	json_t *v = NULL;

	if (ask(&a, argv) == -1)
		snprintf(why, 256, "%s: %s", argv[0], strerror(errno));
	else if (a.code != 0 || (v = json_loads(a.out.data, 0, NULL)) == NULL)
		snprintf(why, 256, "%s %s %s: %.*s", argv[2], argv[3],
		    argv[4] != NULL ? argv[4] : "", (int)strcspn(a.err.data, "\n"), a.err.data);
	answer_free(&a);
	return v;
}

static const char *text_of(const json_t *v, const char *name)
{
	const char *s = json_string_value(json_object_get(v, name));

	return s != NULL ? s : "";
}

static void look_at_neighbour(const char *next, const char *device)
{
	char why[256];
	json_t *v = asked_json((const char *const[]){ program_ip(), "-j", "neigh", "show", "to",
				   next, "dev", device, NULL },
	    why);

	snprintf(neighbour, sizeof(neighbour), "%s", text_of(json_array_get(v, 0), "lladdr"));
	json_decref(v);
}

/* Where there is none, the way that there would be but for a route that leads
 * nowhere; the longest comes last. */
static json_t *route_to(const char *peer, char why[256])
{
	json_t *v = asked_json(
	    (const char *const[]){ program_ip(), "-j", "route", "get", peer, NULL }, why);
	json_t *all, *one, *found = NULL;
	size_t i;

	if (v != NULL)
		return v;
	all = asked_json((const char *const[]){ program_ip(), "-j", strchr(peer, ':') ? "-6" : "-4",
			     "route", "show", "match", peer, NULL },
	    why);
	json_array_foreach(all, i, one)
	{
		if (text_of(one, "dev")[0] != '\0')
			found = one;
	}
	if (found != NULL)
		v = json_pack("[O]", found);
	json_decref(all);
	return v;
}

static int look_at_route(struct copy *c, char why[256])
{
	struct route *r = c->route;
	json_t *v = route_to(r->peer, why);
	const json_t *one = json_array_get(v, 0);
	const char *device = text_of(one, "dev");

	if (v == NULL)
		return -1;
	if (r->ours[0] == '\0')
		snprintf(r->ours, sizeof(r->ours), "%s", text_of(one, "prefsrc"));
	snprintf(r->interface, sizeof(r->interface), "%s", device);
	snprintf(hop, sizeof(hop), "%s", text_of(one, "gateway"));
	c->local = strcmp(text_of(one, "type"), "local") == 0 || strcmp(device, "lo") == 0;
	if (!c->local)
		look_at_neighbour(hop[0] != '\0' ? hop : r->peer, device);
	json_decref(v);
	if (r->interface[0] == '\0' || r->ours[0] == '\0') {
		snprintf(why, 256, "no route to %s", r->peer);
		return -1;
	}
	return 0;
}

/* What the kernel does with packets of an interface: "PATH VALUE" lines. */
static void look_at_settings(const char *family, const char *device)
{
	char path[128], value[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s", family, device);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		ssize_t n =
		    e->d_name[0] != '.' && fd != -1 ? read(fd, value, sizeof(value) - 1) : 0;

		if (n > 1 && strncmp(e->d_name, "stable_secret", 13) != 0)
			buf_addf(&settings, "%s/%s %.*s\n", path, e->d_name, (int)n - 1, value);
		close_fd(fd);
	}
	if (d != NULL)
		closedir(d);
}

int copy_net_look(struct copy *c, char why[256])
{
	static const char *const families[] = { "ipv4", "ipv6" };

	if (look_at_route(c, why) == -1)
		return -1;
	links =
	    asked_json((const char *const[]){ program_ip(), "-j", "address", "show", NULL }, why);
	if (links == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		look_at_settings(families[i], "all");
		look_at_settings(families[i], c->route->interface);
	}
	return 0;
}

static void add_addresses(struct buf *b, const char *name, const json_t *link)
{
	const json_t *a;
	size_t i;

	json_array_foreach(json_object_get(link, "addr_info"), i, a)
	{
		bool six = strcmp(text_of(a, "family"), "inet6") == 0;

		if (strcmp(text_of(a, "scope"), "link") == 0 && six)
			continue; /* each interface makes its own */
		buf_addf(b, "address add %s/%d dev %s%s\n", text_of(a, "local"),
		    (int)json_integer_value(json_object_get(a, "prefixlen")), name,
		    six ? " nodad" : "");
	}
	buf_addf(b, "link set dev %s up\n", name);
}

/* Each is one end of a pair, with its number, which the routes name it by; only
 * the peer's own far end has an address. */
static void describe_links(const struct copy *c, struct buf *here, struct buf *there)
{
	const json_t *link;
	size_t i;

	json_array_foreach(links, i, link)
	{
		const char *name = text_of(link, "ifname"), *mac = text_of(link, "address");
		int number = (int)json_integer_value(json_object_get(link, "ifindex"));
		char far[IFNAMSIZ] = PAIR;

		if (name[0] == '\0' || strchr(name, '@') != NULL)
			continue;
		if (c->local || strcmp(name, c->route->interface) != 0)
			snprintf(far, sizeof(far), PAIR "%d", number);
		if (strcmp(name, "lo") != 0) {
			buf_addf(here,
			    "link add dev %s index %d %s%s type veth peer name %s netns " PAIR "\n",
			    name, number, strlen(mac) == 17 ? "address " : "",
			    strlen(mac) == 17 ? mac : "", far);
			buf_addf(here, "link set dev %s group %s\n", name, text_of(link, "group"));
			buf_addf(there, "link set dev %s up\n", far);
		}
		add_addresses(here, name, link);
	}
}

static bool batch(const struct buf *b)
{
	const char *const argv[] = { program_ip(), "-force", "-batch", "-", NULL };
	int fd = memfd_create("batch", MFD_CLOEXEC);
	char why[256];
	bool good = fd != -1 && write_full(fd, b->data, b->len) == 0 && restored_by(argv, fd, why);

	close_fd(fd);
	return good;
}

static void write_setting(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);

	/* Some are not for everybody; the copy has its own then. */
	if (fd != -1 && write(fd, value, strlen(value)) == -1)
		errno = 0;
	close_fd(fd);
}

static void make_settings(void)
{
	char *save = NULL;

	for (char *line = strtok_r(settings.data, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');

		if (value != NULL) {
			*value = '\0';
			write_setting(line, value + 1);
		}
	}
}

/* Addresses count at once: there is nobody else. */
static int fresh_namespace(char why[256])
{
	if (unshare(CLONE_NEWNET) == -1) {
		snprintf(why, 256, "a network namespace: %s", strerror(errno));
		return -1;
	}
	write_setting("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
	write_setting("/proc/sys/net/ipv6/conf/default/dad_transmits", "0");
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static int make_links(struct copy *c, char why[256])
{
	const struct route *r = c->route;
	bool six = strchr(r->peer, ':') != NULL;
	struct buf here = BUF_INIT(4u << 20), there = BUF_INIT(4096);
	char from[64];

	close_fd(open("/run/netns/" PAIR, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	snprintf(from, sizeof(from), "/proc/1/fd/%d", c->there);
	if (mount(from, "/run/netns/" PAIR, NULL, MS_BIND, NULL) == -1) {
		snprintf(why, 256, "naming a network namespace: %s", strerror(errno));
		return -1;
	}
	buf_addf(&there, "link set dev lo up\n");
	if (neighbour[0] != '\0')
		buf_addf(&there, "link set dev " PAIR " address %s\n", neighbour);
	describe_links(c, &here, &there);
	batch(&here);
	if (!c->local) {
		const char *nodad = six ? " nodad" : "";

		buf_addf(
		    &there, "address add %s/%d dev " PAIR "%s\n", r->peer, six ? 128 : 32, nodad);
		if (hop[0] != '\0')
			buf_addf(&there, "address add %s/%d dev " PAIR "%s\n", hop, six ? 128 : 32,
			    nodad);
		buf_addf(&there, "route add %s dev " PAIR "\n", r->ours);
	}
	copy_there(c);
	batch(&there);
	copy_here(c);
	for (size_t i = 0; i < ROUTING_N; i++) {
		const char *const take[] = { program_ip(), routing[i].what, "restore", NULL };

		if (routing[i].saved != -1)
			restored_by(take, routing[i].saved, why);
	}
	why[0] = '\0';
	buf_free(&here);
	buf_free(&there);
	return 0;
}

int copy_net_make(struct copy *c, char why[256])
{
	c->there = fresh_namespace(why);
	if (c->there == -1)
		return -1;
	c->here = fresh_namespace(why);
	if (c->here == -1 || make_links(c, why) == -1)
		return -1;
	if (c->local)
		c->there = c->here;
	snprintf(c->lost, sizeof(c->lost), "%s", unread);
	make_settings();
	make_rules(c);
	return 0;
}
