/* SPDX-License-Identifier: ISC */
/*
 * Configurations in YAML. First byte: 0 plugins.yml, 1 master.yml, 2 node.yml
 * of the master's store; then the file. What is refused is refused in one
 * printable line with its place; what is taken is within its limits.
 */
#include "common/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/names.h"
#include "master/store/store.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

#define DAY 86400

enum { NODE, MASTER, SETTINGS, REFUSED };
static const char *const goals[] = { "plugins.yml", "master.yml", "node.yml", "refused", NULL };

static char *path;
static int file;

static void begin(void)
{
	char text[64];

	file = memfd_create("config", MFD_CLOEXEC);
	require(file != -1);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", file);
	path = strdup(text);
	require(path != NULL);
}

static void refused(const char *why)
{
	require(why[0] != '\0' && strlen(why) < YAML_WHY_MAX - 1);
	reached(REFUSED);
}

static bool absolute(const char *s)
{
	return s != NULL && s[0] == '/' && strchr(s, '\n') == NULL;
}

static void judge_node(const struct node_config *c)
{
	require(c->name == NULL || name_valid(c->name));
	require(c->address == NULL || hostaddr_valid(c->address));
	require(c->port <= 65535 && c->ssh_port >= 1 && c->ssh_port <= 65535 &&
	    c->register_port >= 1 && c->register_port <= 65535);
	require(
	    absolute(c->host_keys) && absolute(c->state) && absolute(c->hash) && absolute(c->ssh));
	require(strcmp(c->ssh_config, "none") == 0 || absolute(c->ssh_config));
	require(c->masters.n <= 32);
	for (size_t i = 0; i < c->masters.n; i++)
		require(hostaddr_valid(c->masters.v[i]));
	require(c->mode >= PUSH_AUTO && c->mode <= PUSH_NEVER);
	require(c->period >= 1 && c->period <= DAY && c->pull_timeout <= 365 * DAY);
	require(c->timeout >= 1 && c->timeout <= 3600);
	require(c->user[0] != '-' && c->user[0] != '\0' && strpbrk(c->user, "@:/ %\n") == NULL);
	require(
	    is_printable(c->local, strlen(c->local)) && is_printable(c->remote, strlen(c->remote)));
	require(c->max_size >= 32u << 20 && c->max_record >= 1 && c->max_record <= RECORD_MAX);
}

static void judge_master(const struct master_config *c)
{
	require((c->name == NULL || name_valid(c->name)) && absolute(c->state) &&
	    absolute(c->host_keys));
	require(absolute(c->key) && absolute(c->ssh));
	require(c->pull_period >= 1 && c->pull_period <= DAY && c->parallel >= 1 &&
	    c->parallel <= 1024);
	require(c->pull_timeout >= 1 && c->pull_timeout <= 3600 && c->min_period <= DAY);
	require(c->user[0] != '-' && strpbrk(c->user, "@:/ %\n") == NULL);
	require(c->unknown == UNKNOWN_PENDING || c->unknown == UNKNOWN_REFUSE);
	require(c->max_age >= 60 && c->max_size >= 32u << 20);
}

/* What is taken is written again, and that is taken as the same. */
static void judge_settings(const char *text, size_t len)
{
	struct node n = { .name = "web7" }, again = { .name = "web7" };
	struct buf out = BUF_INIT(YAML_FILE_MAX);
	char why[YAML_WHY_MAX] = "";

	node_settings_clear(&n);
	if (node_settings_parse(&n, "node.yml", text, len, why) == -1) {
		refused(why);
		return;
	}
	require(n.address[0] == '\0' || hostaddr_valid(n.address));
	require(n.port <= 65535 && n.mode >= NODE_AUTO && n.mode <= NODE_OFF);
	require(node_settings_format(&n, &out) == 0);
	require(node_settings_parse(&again, "node.yml", out.data, out.len, why) == 0);
	require(strcmp(n.address, again.address) == 0 && n.port == again.port &&
	    n.mode == again.mode && n.min_period == again.min_period &&
	    n.pull_period == again.pull_period);
	buf_free(&out);
	reached(SETTINGS);
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	unsigned how = input_byte(&in) % 3;
	char why[YAML_WHY_MAX] = "";
	struct master_config m;
	struct node_config n;

	if (how == 2) {
		judge_settings((const char *)in.at, in.left);
		return;
	}
	require(ftruncate(file, 0) == 0 && pwrite_full(file, in.at, in.left, 0) == 0);
	if (how == 0 && node_config_read(path, &n, why) == 0) {
		judge_node(&n);
		reached(NODE);
	} else if (how == 1 && master_config_read(path, &m, why) == 0) {
		judge_master(&m);
		reached(MASTER);
	} else {
		refused(why);
	}
	if (how == 0)
		node_config_free(&n);
	else
		master_config_free(&m);
}

const struct target target_config = { "config", goals, begin, run };
