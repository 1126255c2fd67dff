/* SPDX-License-Identifier: ISC */
#include "common/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/text.h"
#include "common/names.h"

#include "common/base/banned.h"

#define DAY 86400
#define YEARS ((uint64_t)DAY * 36500)
#define MASTERS_MAX 32
#define FEEDS_MAX 16 /* that retention waits for */

static const char *const order_words[] = { "listed", "spread", NULL };
static const char *const mode_words[] = { "auto", "always", "never", NULL };
static const char *const unknown_words[] = { "pending", "refuse", NULL };

static bool path_valid(const char *s)
{
	return s[0] == '/' && strlen(s) < 1024 && strchr(s, '\n') == NULL;
}

static bool path_or_none(const char *s)
{
	return strcmp(s, "none") == 0 || path_valid(s);
}

static bool tcp_address(const char *s)
{
	char addr[SOCK_ADDR_MAX];
	uint16_t port;

	return hostaddr_split(s, addr, sizeof(addr), &port) && hostaddr_valid(addr);
}

static bool local_valid(const char *s)
{
	return strcmp(s, "stdio") == 0 || tcp_address(s);
}

static bool user_valid(const char *s)
{
	size_t len = strlen(s);

	return len >= 1 && len <= 32 && s[0] != '-' && text_plain(s, len);
}

#define HOST_IS "a host name or an address (IPv6 without brackets)"
#define PATH_IS "an absolute path"
#define NAME_IS "a name (a to z, 0 to 9, dots and dashes inside, at most 64)"
#define USER_IS "the name of a user"
#define LOCAL_IS "ADDRESS:PORT, or stdio"

#define TEXT(c, sec, k, field, check, what)                                                        \
	{                                                                                          \
		.section = sec, .key = k, .kind = YAML_TEXT, .offset = offsetof(struct c, field),  \
		.valid = check, .expected = what                                                   \
	}
#define NUMBER(c, sec, k, type, field, lo, hi)                                                     \
	{                                                                                          \
		.section = sec, .key = k, .kind = type, .offset = offsetof(struct c, field),       \
		.min = lo, .max = hi                                                               \
	}
#define WORD(c, sec, k, field, list)                                                               \
	{                                                                                          \
		.section = sec, .key = k, .kind = YAML_WORD, .offset = offsetof(struct c, field),  \
		.words = list                                                                      \
	}

static const struct yaml_key node_keys[] = {
	TEXT(node_config, "node", "name", name, name_valid, NAME_IS),
	TEXT(node_config, "node", "address", address, hostaddr_portable, HOST_IS),
	NUMBER(node_config, "node", "port", YAML_UINT, port, 1, 65535),
	TEXT(node_config, "node", "host_keys", host_keys, path_valid, PATH_IS),
	TEXT(node_config, "node", "state", state, path_valid, PATH_IS),
	TEXT(node_config, "node", "hash", hash, path_valid, PATH_IS),
	{ .section = "sender",
	    .key = "masters",
	    .kind = YAML_LIST,
	    .offset = offsetof(struct node_config, masters),
	    .max = MASTERS_MAX,
	    .valid = hostaddr_valid,
	    .expected = HOST_IS },
	NUMBER(node_config, "sender", "copies", YAML_UINT, copies, 1, MASTERS_MAX),
	WORD(node_config, "sender", "order", order, order_words),
	WORD(node_config, "sender", "mode", mode, mode_words),
	NUMBER(node_config, "sender", "period", YAML_SPAN, period, 1, DAY),
	NUMBER(node_config, "sender", "pull_timeout", YAML_SPAN, pull_timeout, 0, 365 * DAY),
	TEXT(node_config, "sender", "user", user, user_valid, USER_IS),
	NUMBER(node_config, "sender", "ssh_port", YAML_UINT, ssh_port, 1, 65535),
	NUMBER(node_config, "sender", "register_port", YAML_UINT, register_port, 1, 65535),
	TEXT(node_config, "sender", "local", local, local_valid, LOCAL_IS),
	TEXT(node_config, "sender", "remote", remote, tcp_address, "ADDRESS:PORT"),
	TEXT(node_config, "sender", "ssh", ssh, path_valid, PATH_IS),
	TEXT(node_config, "sender", "ssh_config", ssh_config, path_or_none, "none or " PATH_IS),
	NUMBER(node_config, "sender", "timeout", YAML_SPAN, timeout, 1, 3600),
	NUMBER(
	    node_config, "spool", "max_size", YAML_BYTES, max_size, 32u << 20, (uint64_t)1 << 50),
	NUMBER(node_config, "spool", "min_free", YAML_BYTES, min_free, 0, (uint64_t)1 << 50),
	NUMBER(node_config, "spool", "max_record", YAML_BYTES, max_record, 1, RECORD_MAX),
};
static const struct yaml_table node_table = { node_keys, sizeof(node_keys) / sizeof(node_keys[0]) };

static const struct yaml_key master_keys[] = {
	TEXT(master_config, "master", "name", name, name_valid, NAME_IS),
	TEXT(master_config, "master", "state", state, path_valid, PATH_IS),
	TEXT(master_config, "master", "host_keys", host_keys, path_valid, PATH_IS),
	NUMBER(master_config, "pull", "period", YAML_SPAN, pull_period, 1, DAY),
	NUMBER(master_config, "pull", "parallel", YAML_UINT, parallel, 1, 1024),
	NUMBER(master_config, "pull", "timeout", YAML_SPAN, pull_timeout, 1, 3600),
	TEXT(master_config, "pull", "user", user, user_valid, USER_IS),
	TEXT(master_config, "pull", "key", key, path_valid, PATH_IS),
	TEXT(master_config, "pull", "ssh", ssh, path_valid, PATH_IS),
	TEXT(master_config, "pull", "ssh_config", ssh_config, path_or_none, "none or " PATH_IS),
	NUMBER(master_config, "pull", "keep", YAML_FLAG, keep, 0, 0),
	NUMBER(master_config, "push", "min_period", YAML_SPAN, min_period, 0, DAY),
	WORD(master_config, "register", "unknown", unknown, unknown_words),
	NUMBER(master_config, "register", "max_pending", YAML_UINT, max_pending, 0, 1000000),
	NUMBER(master_config, "archive", "max_age", YAML_SPAN, max_age, 60, YEARS),
	NUMBER(master_config, "archive", "max_size", YAML_BYTES, max_size, 32u << 20,
	    (uint64_t)1 << 60),
	NUMBER(
	    master_config, "archive", "min_free", YAML_BYTES, archive_free, 0, (uint64_t)1 << 50),
	{ .section = "archive",
	    .key = "keep_for",
	    .kind = YAML_LIST,
	    .offset = offsetof(struct master_config, keep_for),
	    .max = FEEDS_MAX,
	    .valid = name_valid,
	    .expected = NAME_IS },
};
static const struct yaml_table master_table = { master_keys,
	sizeof(master_keys) / sizeof(master_keys[0]) };

/* A default. Exits without memory: nothing has begun yet. */
static void set_default(char **at, const char *s)
{
	*at = strdup(s);
	if (*at == NULL)
		die(EX_OSERR, "out of memory");
}

static int host_name(char **at, const char *what, char why[YAML_WHY_MAX])
{
	char host[256];

	if (gethostname(host, sizeof(host)) == -1) {
		snprintf(why, YAML_WHY_MAX, "reading the host name: %s", strerror(errno));
		return -1;
	}
	host[sizeof(host) - 1] = '\0';
	if (!name_valid(host) || name_of_nobody(host)) {
		snprintf(why, YAML_WHY_MAX,
		    "the host name `%s` cannot serve as a name; set %s.name to %s", vis_str(host),
		    what, NAME_IS);
		errno = EINVAL;
		return -1;
	}
	set_default(at, host);
	return 0;
}

/*
 * The default file may be absent. A file that was named may not, nor may the
 * target of a link at the default path: with the defaults a program would work
 * on another node's or master's data.
 */
static int read_config_file(const char *path, const char *usual, const struct yaml_table *t,
    void *c, char why[YAML_WHY_MAX])
{
	struct stat st;

	if (strcmp(path, usual) == 0 && lstat(path, &st) == -1 && errno == ENOENT)
		return 0;
	return yaml_read(path, t, c, why);
}

int config_exit_code(int error)
{
	return error == ENOENT || error == ENOTDIR ? EX_NOINPUT : EX_CONFIG;
}

int node_config_read(const char *path, struct node_config *c, char why[YAML_WHY_MAX])
{
	*c = (struct node_config){
		.copies = 1,
		.mode = PUSH_AUTO,
		.period = 240,
		.pull_timeout = 900,
		.ssh_port = 22,
		.register_port = 50010,
		.timeout = 60,
		.max_size = (uint64_t)512 << 20,
		.min_free = (uint64_t)64 << 20,
		.max_record = RECORD_MAX,
	};
	set_default(&c->host_keys, "/etc/ssh/ssh_host_*_key.pub");
	set_default(&c->state, "/var/lib/bijk");
	set_default(&c->hash, "/etc/bijk/hash");
	set_default(&c->user, "bijk-master");
	set_default(&c->local, "127.0.0.1:50011");
	set_default(&c->remote, "127.0.0.1:50009");
	set_default(&c->ssh, "/usr/bin/ssh");
	set_default(&c->ssh_config, "none");
	return read_config_file(path, NODE_CONFIG_FILE, &node_table, c, why);
}

void node_config_or_die(const char *path, struct node_config *c)
{
	char why[YAML_WHY_MAX];

	if (node_config_read(path, c, why) == -1)
		die(config_exit_code(errno), "%s", why);
	why_watch(c->state, "spool");
}

void node_config_free(struct node_config *c)
{
	yaml_clear(&node_table, c);
}

/*
 * Each node has an order of its own, so that a fleet spreads over its masters.
 * A master that is added comes first for its share of the nodes, and changes
 * nothing for the others.
 */
static void spread_masters(struct node_config *c)
{
	char **v = c->masters.v;

	for (size_t i = 1; i < c->masters.n; i++) {
		char *moved = v[i];
		size_t at = i;

		for (; at > 0 && names_number(c->name, v[at - 1]) > names_number(c->name, moved);
		     at--)
			v[at] = v[at - 1];
		v[at] = moved;
	}
}

int node_config_name(struct node_config *c, char why[YAML_WHY_MAX])
{
	if (c->name == NULL && host_name(&c->name, "node", why) == -1)
		return -1;
	if (c->order == ORDER_SPREAD)
		spread_masters(c);
	return 0;
}

void node_config_name_or_die(struct node_config *c)
{
	char why[YAML_WHY_MAX];

	if (node_config_name(c, why) == -1)
		die(EX_CONFIG, "%s", why);
}

int master_config_read(const char *path, struct master_config *c, char why[YAML_WHY_MAX])
{
	*c = (struct master_config){
		.pull_period = 300,
		.parallel = 32,
		.pull_timeout = 30,
		.min_period = 240,
		.unknown = UNKNOWN_PENDING,
		.max_pending = 1000,
		.max_age = 30 * DAY,
		.max_size = (uint64_t)1 << 30,
		.archive_free = ARCHIVE_FREE_UNSET,
	};
	set_default(&c->state, "/var/lib/bijk-master");
	set_default(&c->host_keys, "/etc/ssh/ssh_host_*_key.pub");
	set_default(&c->user, "bijk");
	set_default(&c->ssh, "/usr/bin/ssh");
	set_default(&c->ssh_config, "none");
	if (read_config_file(path, MASTER_CONFIG_FILE, &master_table, c, why) == -1)
		return -1;
	if (c->key == NULL && (c->key = path_join(c->state, "id_ed25519")) == NULL)
		die(EX_OSERR, "out of memory");
	return 0;
}

int master_config_name(struct master_config *c, char why[YAML_WHY_MAX])
{
	return c->name != NULL ? 0 : host_name(&c->name, "master", why);
}

void master_config_or_die(const char *path, struct master_config *c)
{
	char why[YAML_WHY_MAX];

	if (master_config_read(path, c, why) == -1)
		die(config_exit_code(errno), "%s", why);
	why_watch(c->state, "nodes");
}

void master_config_free(struct master_config *c)
{
	yaml_clear(&master_table, c);
}

int state_dir(const struct node_config *c, const char *name)
{
	char *path = path_join(c->state, name);
	int fd = path == NULL ? -1 : dir_make(AT_FDCWD, path, 0700);

	free(path);
	return fd;
}
