/* SPDX-License-Identifier: ISC */
/* What the administrator set. The YAML table needs allocated texts. */
#include "master/store/store.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hostaddr.h"
#include "common/base/yaml_value.h"

#include "common/base/banned.h"

#define SECTION "node"
#define DAY 86400

struct settings {
	char *address;
	uint64_t port;
	int mode;
	uint64_t min_period, pull_period;
};

const char *const node_mode_words[] = { "auto", "pull", "push", "off", NULL };

#define ROW(name, type, member, ...)                                                               \
	{                                                                                          \
		.section = SECTION, .key = name, .kind = type,                                     \
		.offset = offsetof(struct settings, member), __VA_ARGS__                           \
	}

static const struct yaml_key keys[] = {
	ROW("address", YAML_TEXT, address, .valid = hostaddr_valid,
	    .expected = "a host name or an address"),
	ROW("port", YAML_UINT, port, .min = 1, .max = 65535),
	ROW("mode", YAML_WORD, mode, .words = node_mode_words),
	ROW("min-period", YAML_SPAN, min_period, .max = DAY),
	ROW("pull-period", YAML_SPAN, pull_period, .min = 1, .max = DAY),
};
static const struct yaml_table table = { keys, sizeof(keys) / sizeof(keys[0]) };

static const struct settings unset = {
	.mode = NODE_AUTO,
	.min_period = NODE_UNSET,
	.pull_period = NODE_UNSET,
};

/* hostaddr_valid() allows less than n->address has room for. */
static void take_settings(struct node *n, const struct settings *from)
{
	snprintf(n->address, sizeof(n->address), "%s", from->address != NULL ? from->address : "");
	n->port = from->port;
	n->mode = (enum node_mode)from->mode;
	n->min_period = from->min_period;
	n->pull_period = from->pull_period;
}

void node_settings_clear(struct node *n)
{
	take_settings(n, &unset);
}

int node_settings_parse(
    struct node *n, const char *file, const char *text, size_t len, char why[YAML_WHY_MAX])
{
	struct settings v = unset;
	int rc = yaml_parse(file, text, len, &table, &v, why);

	if (rc == 0)
		take_settings(n, &v);
	yaml_clear(&table, &v);
	return rc;
}

static void reset_setting(struct settings *v, const struct yaml_key *k)
{
	size_t size = k->kind == YAML_WORD ? sizeof(int) : sizeof(uint64_t);

	if (k->kind == YAML_TEXT) {
		free(v->address);
		v->address = NULL;
		return;
	}
	memcpy((char *)v + k->offset, (const char *)&unset + k->offset, size);
}

int node_settings_set(struct node *n, const char *key, const char *value, char why[YAML_WHY_MAX])
{
	struct settings v = {
		.address = n->address[0] != '\0' ? strdup(n->address) : NULL,
		.port = n->port,
		.mode = (int)n->mode,
		.min_period = n->min_period,
		.pull_period = n->pull_period,
	};
	int rc = yaml_set(&table, SECTION, key, value, &v, why);

	if (rc == 0 && value[0] == '\0')
		reset_setting(&v, yaml_find(&table, SECTION, key));
	if (rc == 0)
		take_settings(n, &v);
	yaml_clear(&table, &v);
	return rc;
}

int node_settings_format(const struct node *n, struct buf *out)
{
	buf_addf(out,
	    "# The node %s, as the administrator set it: bijk-master set %s KEY=VALUE.\n" SECTION
	    ":\n  mode: %s\n",
	    n->name, n->name, node_mode_words[n->mode]);
	if (n->address[0] != '\0')
		buf_addf(out, "  address: \"%s\"\n", n->address);
	if (n->port != 0)
		buf_addf(out, "  port: %" PRIu64 "\n", n->port);
	if (n->min_period != NODE_UNSET)
		buf_addf(out, "  min-period: %" PRIu64 "\n", n->min_period);
	if (n->pull_period != NODE_UNSET)
		buf_addf(out, "  pull-period: %" PRIu64 "\n", n->pull_period);
	return buf_ok(out) ? 0 : -1;
}
