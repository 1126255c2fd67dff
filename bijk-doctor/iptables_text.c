/* SPDX-License-Identifier: ISC */
/*
 * A rule line is a list of words. Each option takes its words and judges them
 * for the packet; the rule matches if all options do. One that is not known
 * makes the rule unsure, and its words are passed over.
 */
#include "bijk-doctor/iptables_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/num.h"

#include "common/base/banned.h"

#define WORDS_MAX 256
#define LINE_MAX_LEN 8192

/* --- Words --- */

/* Splits at spaces outside of double quotes; the quotes go. How many; words
 * beyond the maximum are left out. */
static size_t split(char *line, char *v[WORDS_MAX])
{
	size_t n = 0;
	char *from = line, *to;

	while (n < WORDS_MAX - 1) {
		bool quoted = false;

		from += strspn(from, " \t\r");
		if (*from == '\0')
			break;
		v[n++] = to = from;
		for (; *from != '\0' && (quoted || strchr(" \t\r", *from) == NULL); from++) {
			if (*from == '"')
				quoted = !quoted;
			else if (*from == '\\' && quoted && from[1] != '\0')
				*to++ = *++from;
			else
				*to++ = *from;
		}
		if (*from != '\0')
			from++;
		*to = '\0';
	}
	v[n] = NULL;
	return n;
}

static const char *take_line(const char *s, char line[LINE_MAX_LEN])
{
	size_t len = strcspn(s, "\n");

	snprintf(line, LINE_MAX_LEN, "%.*s", (int)(len < LINE_MAX_LEN ? len : LINE_MAX_LEN - 1), s);
	return s[len] == '\0' ? s + len : s + len + 1;
}

/* --- Sets --- */

enum fw_match ipset_has(const char *sets, const char *name, const struct netaddr *a)
{
	char line[LINE_MAX_LEN], *v[WORDS_MAX];
	enum fw_match found = FW_UNSURE;

	while (*sets != '\0') {
		struct netaddr net;
		unsigned bits;
		size_t n;

		sets = take_line(sets, line);
		n = split(line, v);
		if (n < 3 || strcmp(v[1], name) != 0)
			continue;
		if (strcmp(v[0], "create") == 0) {
			if (strcmp(v[2], "hash:ip") != 0 && strcmp(v[2], "hash:net") != 0)
				return FW_UNSURE;
			found = FW_NO;
		} else if (strcmp(v[0], "add") == 0 && netaddr_parse_net(&net, &bits, v[2]) &&
		    netaddr_in(a, &net, bits)) {
			for (size_t i = 3; i < n; i++) {
				if (strcmp(v[i], "nomatch") == 0)
					return FW_UNSURE;
			}
			found = FW_YES;
		}
	}
	return found;
}

/* --- Options --- */

struct judge {
	const struct fw_packet *p;
	const char *sets;
	/* Of the rule that is read: */
	bool rpfilter, mark; /* the module that its options belong to */
	unsigned looks_at;   /* FW_STATE, FW_MARK */
};

static enum fw_match not(enum fw_match m) {
	return m == FW_UNSURE ? FW_UNSURE
	    : m == FW_YES     ? FW_NO
			      : FW_YES;
}

static enum fw_match in_net(const struct netaddr *a, const char *word)
{
	struct netaddr net;
	unsigned bits;

	if (!netaddr_parse_net(&net, &bits, word))
		return FW_UNSURE;
	return netaddr_in(a, &net, bits) ? FW_YES : FW_NO;
}

static enum fw_match source(const struct judge *j, const char *word)
{
	return in_net(&j->p->from, word);
}

static enum fw_match destination(const struct judge *j, const char *word)
{
	return in_net(&j->p->to, word);
}

static enum fw_match interface_is(const struct judge *j, const char *word)
{
	size_t len = strlen(word);

	if (j->p->interface == NULL)
		return FW_UNSURE;
	if (len > 0 && word[len - 1] == '+')
		return strncmp(j->p->interface, word, len - 1) == 0 ? FW_YES : FW_NO;
	return strcmp(j->p->interface, word) == 0 ? FW_YES : FW_NO;
}

/* Through a hook of the other direction no packet of ours comes with such an
 * interface. */
static enum fw_match in_interface(const struct judge *j, const char *word)
{
	return j->p->outgoing ? FW_NO : interface_is(j, word);
}

static enum fw_match out_interface(const struct judge *j, const char *word)
{
	return j->p->outgoing ? interface_is(j, word) : FW_NO;
}

static enum fw_match protocol(const struct judge *j, const char *word)
{
	(void)j;
	return strcmp(word, "tcp") == 0 || strcmp(word, "6") == 0 || strcmp(word, "all") == 0
	    ? FW_YES
	    : FW_NO;
}

/* One range of a list between commas: "22", "1024:65535", ":1023", "1024:";
 * names of services are not looked up. */
static bool range_of(const char *word, size_t len, uint64_t *from, uint64_t *to)
{
	const char *colon = memchr(word, ':', len);
	size_t first = colon != NULL ? (size_t)(colon - word) : len;

	*from = 0;
	*to = 65535;
	if (first > 0 && num_parse_n(word, first, 0, 65535, from) == -1)
		return false;
	if (colon == NULL)
		*to = *from;
	else if (len - first > 1 && num_parse_n(colon + 1, len - first - 1, 0, 65535, to) == -1)
		return false;
	return true;
}

/* The port itself, or one that the kernel chooses: all of these, none, or
 * some. */
static enum fw_match port_in(bool known, uint16_t port, uint64_t from, uint64_t to)
{
	if (known)
		return port >= from && port <= to ? FW_YES : FW_NO;
	if (from <= FW_CHOSEN_FIRST && to >= FW_CHOSEN_LAST)
		return FW_YES;
	return to < FW_CHOSEN_FIRST || from > FW_CHOSEN_LAST ? FW_NO : FW_UNSURE;
}

static enum fw_match ports(bool known, uint16_t port, const char *word)
{
	enum fw_match m = FW_NO;

	while (*word != '\0') {
		size_t len = strcspn(word, ",");
		uint64_t from, to;
		enum fw_match here = FW_UNSURE;

		if (range_of(word, len, &from, &to))
			here = port_in(known, port, from, to);
		if (here == FW_YES || m == FW_NO)
			m = here;
		word += len + (word[len] == ',');
	}
	return m;
}

static enum fw_match to_port(const struct judge *j, const char *word)
{
	return ports(!j->p->reply, j->p->port, word);
}

static enum fw_match from_port(const struct judge *j, const char *word)
{
	return ports(j->p->reply, j->p->port, word);
}

static enum fw_match states(const struct judge *j, const char *word)
{
	const char *state = j->p->reply ? "ESTABLISHED" : "NEW";

	while (*word != '\0') {
		size_t len = strcspn(word, ",");

		if (len == strlen(state) && strncmp(word, state, len) == 0)
			return FW_YES;
		if (len == 4 && (strncmp(word, "DNAT", 4) == 0 || strncmp(word, "SNAT", 4) == 0))
			return FW_UNSURE;
		word += len + (word[len] == ',');
	}
	return FW_NO;
}

/* A packet comes without one; behind a rule that sets it this is not asked.
 * VALUE or VALUE/MASK. */
static enum fw_match mark(const struct judge *j, const char *word)
{
	char *end;
	unsigned long value = strtoul(word, &end, 0);

	(void)j;
	if (end != word && *end == '/')
		strtoul(end + 1, &end, 0);
	if (end == word || *end != '\0')
		return FW_UNSURE;
	return value == 0 ? FW_YES : FW_NO;
}

static enum fw_match range_has(const struct netaddr *a, const char *word)
{
	const char *dash = strchr(word, '-');
	char first[64];
	struct netaddr from, to;

	if (dash == NULL || (size_t)(dash - word) >= sizeof(first))
		return FW_UNSURE;
	memcpy(first, word, (size_t)(dash - word));
	first[dash - word] = '\0';
	if (!netaddr_parse(&from, first) || !netaddr_parse(&to, dash + 1) ||
	    from.family != a->family || to.family != a->family)
		return FW_UNSURE;
	return netaddr_compare(a, &from) >= 0 && netaddr_compare(a, &to) <= 0 ? FW_YES : FW_NO;
}

static enum fw_match range_from(const struct judge *j, const char *word)
{
	return range_has(&j->p->from, word);
}

static enum fw_match range_to(const struct judge *j, const char *word)
{
	return range_has(&j->p->to, word);
}

static enum fw_match type_to(const struct judge *j, const char *word)
{
	if (j->p->outgoing)
		return FW_UNSURE;
	return strcmp(word, "LOCAL") == 0 ? FW_YES : FW_NO;
}

static enum fw_match yes(const struct judge *j, const char *word)
{
	(void)j;
	(void)word;
	return FW_YES;
}

static const struct option_rule {
	const char *name;
	enum fw_match (*judge)(const struct judge *j, const char *word);
} options[] = {
	{ "-s", source },
	{ "-d", destination },
	{ "-i", in_interface },
	{ "-o", out_interface },
	{ "-p", protocol },
	{ "--dport", to_port },
	{ "--dports", to_port },
	{ "--sport", from_port },
	{ "--sports", from_port },
	{ "--ctstate", states },
	{ "--state", states },
	{ "--dst-type", type_to },
	{ "--src-range", range_from },
	{ "--dst-range", range_to },
	{ "--comment", yes },
};

/* The flags of a SYN alone against a mask and what must be set of it. */
static enum fw_match flags(const char *mask, const char *set)
{
	bool asked = strstr(mask, "SYN") != NULL || strcmp(mask, "ALL") == 0;

	if (strcmp(set, "NONE") == 0)
		return asked ? FW_NO : FW_YES;
	if (strcmp(set, "SYN") == 0)
		return asked ? FW_YES : FW_NO;
	return FW_NO;
}

/* An answer has ACK, the first of them SYN too, and never FIN or RST as long as
 * all is well. */
static enum fw_match reply_flags(const char *mask, const char *set)
{
	if (strcmp(set, "SYN") == 0 && (strstr(mask, "ACK") != NULL || strcmp(mask, "ALL") == 0))
		return FW_NO;
	return FW_UNSURE;
}

static enum fw_match in_set(const struct judge *j, const char *name, const char *what)
{
	if (strcmp(what, "src") == 0)
		return ipset_has(j->sets, name, &j->p->from);
	if (strcmp(what, "dst") == 0)
		return ipset_has(j->sets, name, &j->p->to);
	return FW_UNSURE;
}

static bool is_known_module(const char *name)
{
	static const char *const known[] = { "tcp", "conntrack", "state", "multiport", "comment",
		"set", "addrtype", "iprange", "udp", "rpfilter" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i]) == 0)
			return true;
	}
	return false;
}

static enum fw_match both(enum fw_match a, enum fw_match b)
{
	if (a == FW_NO || b == FW_NO)
		return FW_NO;
	return a == FW_YES ? b : a;
}

/* One option with its words, from v[*i] on. */
static enum fw_match option(struct judge *j, char *const *v, size_t *i)
{
	bool negated = strcmp(v[*i], "!") == 0;
	enum fw_match m = FW_UNSURE;
	const char *name;

	*i += negated;
	name = v[*i];
	if (name == NULL)
		return FW_UNSURE;
	++*i;
	if (strcmp(name, "--syn") == 0)
		return negated == j->p->reply ? FW_YES : FW_NO;
	/* Of rpfilter, the way back is the one that was looked up; of no other
	 * module that is known here. */
	if (strcmp(name, "--invert") == 0)
		return j->rpfilter ? FW_NO : FW_UNSURE;
	if (v[*i] == NULL || v[*i][0] == '\0')
		return FW_UNSURE;
	if (strcmp(name, "-m") == 0) {
		j->rpfilter = strcmp(v[*i], "rpfilter") == 0;
		j->mark = strcmp(v[*i], "mark") == 0;
		if (j->mark) {
			++*i;
			return FW_YES;
		}

		return is_known_module(v[(*i)++]) ? FW_YES : FW_UNSURE;
	}
	if (strcmp(name, "--mark") == 0 && j->mark) {
		j->looks_at |= FW_MARK;
		m = mark(j, v[(*i)++]);
		return negated ? not(m) : m;
	}
	if (strcmp(name, "--ctstate") == 0 || strcmp(name, "--state") == 0)
		j->looks_at |= FW_STATE;
	if (strcmp(name, "--tcp-flags") == 0 && v[*i + 1] != NULL) {
		m = j->p->reply ? reply_flags(v[*i], v[*i + 1]) : flags(v[*i], v[*i + 1]);
		*i += 2;
		return negated ? not(m) : m;
	}
	if (strcmp(name, "--match-set") == 0 && v[*i + 1] != NULL) {
		m = in_set(j, v[*i], v[*i + 1]);
		*i += 2;
		return negated ? not(m) : m;
	}
	for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
		if (strcmp(name, options[k].name) == 0) {
			m = options[k].judge(j, v[(*i)++]);
			return negated ? not(m) : m;
		}
	}
	/* Its words, as far as they are none of the next option. */
	while (v[*i] != NULL && v[*i][0] != '-' && strcmp(v[*i], "!") != 0)
		++*i;
	return FW_UNSURE;
}

/* --- Rules --- */

static enum fw_action action_of(const char *target)
{
	static const struct {
		const char *name;
		enum fw_action action;
	} known[] = { { "ACCEPT", FW_ACCEPT }, { "DROP", FW_DROP }, { "REJECT", FW_DROP },
		{ "RETURN", FW_RETURN }, { "LOG", FW_CONTINUE }, { "NFLOG", FW_CONTINUE },
		{ "ULOG", FW_CONTINUE }, { "TRACE", FW_CONTINUE }, { "MARK", FW_CONTINUE },
		{ "CONNMARK", FW_CONTINUE }, { "TCPMSS", FW_CONTINUE }, { "CT", FW_CONTINUE },
		{ "NOTRACK", FW_CONTINUE }, { "SET", FW_CONTINUE }, { "CLASSIFY", FW_CONTINUE },
		{ "DSCP", FW_CONTINUE }, { "TOS", FW_CONTINUE }, { "CHECKSUM", FW_CONTINUE },
		{ "AUDIT", FW_CONTINUE }, { "MASQUERADE", FW_CONTINUE }, { "SNAT", FW_CONTINUE },
		{ "QUEUE", FW_ODD }, { "NFQUEUE", FW_ODD }, { "DNAT", FW_ODD },
		{ "REDIRECT", FW_ODD }, { "TPROXY", FW_ODD }, { "TARPIT", FW_DROP },
		{ "DELUDE", FW_DROP } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(target, known[i].name) == 0)
			return known[i].action;
	}
	return FW_JUMP;
}

static unsigned changes_of(const char *target, char *const *v)
{
	if (strcmp(target, "MARK") == 0 || strcmp(target, "CONNMARK") == 0)
		return FW_MARK;
	if (strcmp(target, "NOTRACK") == 0)
		return FW_STATE;
	for (; strcmp(target, "CT") == 0 && *v != NULL; v++) {
		if (strcmp(*v, "--notrack") == 0)
			return FW_STATE;
	}
	return 0;
}

static void add_rule(struct fw_chain *c, struct judge *j, const char *line, char *const *v)
{
	enum fw_match m = FW_YES, rest = FW_YES;
	enum fw_action action = FW_CONTINUE;
	const char *target = NULL;
	unsigned looks_at = 0, changes = 0;
	struct fw_rule *r;

	j->rpfilter = j->mark = false;
	for (size_t i = 2; v[i] != NULL;) {
		enum fw_match here;

		if ((strcmp(v[i], "-j") == 0 || strcmp(v[i], "-g") == 0) && v[i + 1] != NULL) {
			target = v[i + 1];
			action = action_of(target);
			if (action == FW_JUMP && v[i][1] == 'g')
				action = FW_GOTO;
			changes = changes_of(target, v + i);
			break; /* what follows are options of the target */
		}
		j->looks_at = 0;
		here = option(j, v, &i);
		m = both(m, here);
		rest = both(rest, j->looks_at != 0 ? FW_UNSURE : here);
		looks_at |= j->looks_at;
	}
	r = firewall_add_rule(c, m, action, action == FW_JUMP || action == FW_GOTO ? target : NULL,
	    line, (unsigned)c->n + 1);
	r->looks_at = looks_at;
	r->rest = rest;
	r->changes = changes;
}

/* --- Chains --- */

/* Which table's chain a packet meets, and in which order; of nat only what the
 * first packet of a connection does. */
static const struct {
	const char *table, *chain;
	bool outgoing;
	int place;
} hooks[] = {
	{ "raw", "PREROUTING", false, -300 },
	{ "mangle", "PREROUTING", false, -150 },
	{ "nat", "PREROUTING", false, -100 },
	{ "mangle", "INPUT", false, 1000 - 150 },
	{ "filter", "INPUT", false, 1000 },
	{ "raw", "OUTPUT", true, -300 },
	{ "mangle", "OUTPUT", true, -150 },
	{ "nat", "OUTPUT", true, -100 },
	{ "filter", "OUTPUT", true, 0 },
	{ "mangle", "POSTROUTING", true, 1000 - 150 },
};

static void set_hook(struct fw_chain *c, bool outgoing)
{
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		if (strcmp(c->table, hooks[i].table) == 0 && strcmp(c->name, hooks[i].chain) == 0 &&
		    hooks[i].outgoing == outgoing) {
			c->base = true;
			c->place = hooks[i].place;
		}
	}
}

void iptables_add(struct firewall *f, enum fw_kind kind, const char *text, const char *sets,
    const struct fw_packet *p)
{
	struct judge j = { .p = p, .sets = sets };
	const char *family = p->from.family == AF_INET ? "ip" : "ip6";
	char table[64] = "", line[LINE_MAX_LEN], whole[LINE_MAX_LEN], *v[WORDS_MAX];

	f->reply = p->reply;
	while (*text != '\0') {
		struct fw_chain *c;
		size_t n;

		text = take_line(text, line);
		memcpy(whole, line, sizeof(line));
		n = split(line, v);
		if (n == 0 || v[0][0] == '#')
			continue;
		if (v[0][0] == '*') {
			snprintf(table, sizeof(table), "%s", v[0] + 1);
		} else if (v[0][0] == ':' && n >= 2) {
			c = firewall_add_chain(f, kind, family, table, v[0] + 1);
			c->policy = strcmp(v[1], "DROP") == 0 ? FW_DROP : FW_ACCEPT;
			set_hook(c, p->outgoing);
		} else if (strcmp(v[0], "-A") == 0 && n >= 2) {
			c = firewall_chain(f, kind, family, table, v[1]);
			if (c != NULL)
				add_rule(c, &j, whole, v);
		}
	}
}
