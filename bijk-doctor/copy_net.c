/* SPDX-License-Identifier: ISC */
/* Interfaces, addresses, routes and the kernel's settings, as ip prints them. */
#include "bijk-doctor/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "common/base/io.h"

#include "common/base/banned.h"

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

static const char *program_ip(void)
{
	static const char *const paths[] = { "/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip",
		NULL };
	const char *path = first_program(paths);

	return path != NULL ? path : paths[0];
}

void copy_net_keep(void)
{
	static bool kept;

	if (kept)
		return;
	kept = true;
	copy_rules_keep();
	for (size_t i = 0; i < ROUTING_N; i++)
		routing[i].saved = ask_kept(
		    (const char *const[]){ program_ip(), routing[i].family, routing[i].what, "save",
			strcmp(routing[i].what, "route") == 0 ? "table" : NULL, "all", NULL });
}

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
	bool good = fd != -1 && write_full(fd, b->data, b->len) == 0 && ask_with(argv, fd, why);

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
			ask_with(take, routing[i].saved, why);
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
	make_settings();
	copy_rules_make(c);
	return 0;
}
