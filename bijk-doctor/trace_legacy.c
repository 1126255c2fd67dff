/* SPDX-License-Identifier: ISC */
/* Its kernel traces nothing; but its rules and policies have counters, and
 * nobody else sends packets in the copy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/trace.h"

#include "common/base/banned.h"

static const char *const legacy[2] = { "/usr/sbin/iptables-legacy-save",
	"/usr/sbin/ip6tables-legacy-save" };

/* The number of packets in "[12:720] -A INPUT …" or ":INPUT DROP [12:720]". */
static unsigned long long count_of(const char *line)
{
	const char *s = strchr(line, '[');

	return s != NULL ? strtoull(s + 1, NULL, 10) : 0;
}

static bool look_at_counter(const char *line, const char *table, bool six, bool out, struct drop *d)
{
	static const char *const targets[] = { " -j DROP", " -j REJECT", " -j NFQUEUE",
		" -j REDIRECT", " -j DNAT", " -j TPROXY" };
	const char *rule = strstr(line, "] -A ");
	char chain[64], verdict[16] = "";
	size_t i = 0;

	*d = (struct drop){ .legacy = true, .iptables = true };
	snprintf(d->family, sizeof(d->family), "%s", six ? "ip6" : "ip");
	snprintf(d->table, sizeof(d->table), "%.63s", table);
	snprintf(d->protocol, sizeof(d->protocol), "tcp");
	if (rule != NULL && sscanf(rule, "] -A %63s", chain) == 1) {
		while (i < sizeof(targets) / sizeof(targets[0]) && strstr(rule, targets[i]) == NULL)
			i++;
		if (i == sizeof(targets) / sizeof(targets[0]))
			return false;
		d->deed = i < 2 ? DROPS : i == 2 ? QUEUES : CHANGES;
		snprintf(d->rule, sizeof(d->rule), "%.500s", rule + 2);
	} else if (sscanf(line, ":%63s %15s", chain, verdict) == 2 &&
	    strcmp(verdict, "DROP") == 0) {
		d->policy = true;
	} else {
		return false;
	}
	snprintf(d->chain, sizeof(d->chain), "%s", chain);
	d->out = strcmp(chain, "OUTPUT") == 0 || strcmp(chain, "POSTROUTING") == 0 ||
	    (strcmp(chain, "INPUT") != 0 && strcmp(chain, "PREROUTING") != 0 && out);
	return true;
}

/* Both are the same lines, but for the counters. True: one that drops it; else
 * *d is one that changed it, if any did. */
static bool compare_counters(
    const struct attempted *t, const char *was, const char *is, bool six, struct drop *d)
{
	const struct route *r = t->route;
	char table[64] = "";

	while (*was != '\0' && *is != '\0') {
		size_t a = strcspn(was, "\n"), b = strcspn(is, "\n");
		char line[1024];
		struct drop one;

		snprintf(line, sizeof(line), "%.*s", (int)b, is);
		if (line[0] == '*')
			snprintf(table, sizeof(table), "%.63s", line + 1);
		if (count_of(line) > count_of(was) &&
		    look_at_counter(line, table, six, t->out, &one)) {
			snprintf(one.source, sizeof(one.source), "%s", one.out ? r->ours : r->peer);
			snprintf(one.destination, sizeof(one.destination), "%s",
			    one.out ? r->peer : r->ours);
			*(one.out == t->out ? &one.port : &one.source_port) = t->port;
			*d = one;
			if (one.deed != CHANGES)
				return true;
		}
		was += a + (was[a] == '\n');
		is += b + (is[b] == '\n');
	}
	return false;
}

/* As far as there are such tables. */
void legacy_count(struct answer counters[2])
{
	static const char *const names[2] = { "/proc/net/ip_tables_names",
		"/proc/net/ip6_tables_names" };

	for (size_t i = 0; i < 2; i++) {
		answer_free(&counters[i]);
		if (access(names[i], F_OK) == 0)
			ask(&counters[i], (const char *const[]){ legacy[i], "-c", NULL });
	}
}

bool legacy_compare(const struct attempted *t, struct drop *d)
{
	struct answer now[2] = { { .code = 0 }, { .code = 0 } };
	bool found = false;

	legacy_count(now);
	for (size_t i = 0; i < 2; i++) {
		if (!found && t->counters[i].out.data != NULL && now[i].out.data != NULL)
			found = compare_counters(
			    t, t->counters[i].out.data, now[i].out.data, i == 1, d);
		answer_free(&now[i]);
	}
	return found;
}
