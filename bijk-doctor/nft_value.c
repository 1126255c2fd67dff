/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/nft_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/banned.h"

/* What a packet has at a place: an address, a number, or one of several
 * words. */
struct value {
	enum { V_UNKNOWN, V_NONE, V_ADDRESS, V_NUMBER, V_WORDS } kind;
	struct netaddr address;
	int64_t number, last; /* it lies between these */
	const char *words[4]; /* NULL ends them */
};

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* --- Left --- */

/* A field of a header. A packet of another protocol has none: such a match does
 * not hold. */
static struct value payload(const json_t *o, const struct fw_packet *p)
{
	const char *protocol = text(o, "protocol"), *field = text(o, "field");
	bool v4 = p->from.family == AF_INET;

	if (is(protocol, "ip") || is(protocol, "ip6")) {
		if (is(protocol, "ip") != v4)
			return (struct value){ .kind = V_NONE };
		if (is(field, "saddr"))
			return (struct value){ .kind = V_ADDRESS, .address = p->from };
		if (is(field, "daddr"))
			return (struct value){ .kind = V_ADDRESS, .address = p->to };
		if (is(field, "protocol") || is(field, "nexthdr"))
			return (struct value){ .kind = V_WORDS, .words = { "tcp", "6" } };
		return (struct value){ .kind = V_UNKNOWN };
	}
	if (is(protocol, "tcp") || is(protocol, "th")) {
		if (is(field, p->reply ? "sport" : "dport"))
			return (
			    struct value){ .kind = V_NUMBER, .number = p->port, .last = p->port };
		if (is(field, "sport") || is(field, "dport"))
			return (struct value){
				.kind = V_NUMBER, .number = FW_CHOSEN_FIRST, .last = FW_CHOSEN_LAST
			};
		if (is(protocol, "tcp") && is(field, "flags") && !p->reply)
			return (struct value){ .kind = V_WORDS, .words = { "syn", "2" } };
		return (struct value){ .kind = V_UNKNOWN };
	}
	if (is(protocol, "udp") || is(protocol, "icmp") || is(protocol, "icmpv6") ||
	    is(protocol, "sctp") || is(protocol, "dccp") || is(protocol, "esp") ||
	    is(protocol, "ah") || is(protocol, "igmp") || is(protocol, "udplite") ||
	    is(protocol, "comp"))
		return (struct value){ .kind = V_NONE };
	return (struct value){ .kind = V_UNKNOWN };
}

static struct value meta(const char *key, const struct fw_packet *p)
{
	bool v4 = p->from.family == AF_INET;
	bool in = is(key, "iif") || is(key, "iifname"), out = is(key, "oif") || is(key, "oifname");

	if (is(key, "l4proto"))
		return (struct value){ .kind = V_WORDS, .words = { "tcp", "6" } };
	if (is(key, "nfproto"))
		return (struct value){ .kind = V_WORDS,
			.words = { v4 ? "ipv4" : "ipv6", v4 ? "2" : "10" } };
	if (is(key, "protocol"))
		return (struct value){ .kind = V_WORDS, .words = { v4 ? "ip" : "ip6" } };
	if ((in && !p->outgoing) || (out && p->outgoing)) {
		if (p->interface == NULL)
			return (struct value){ .kind = V_UNKNOWN };
		return (struct value){ .kind = V_WORDS, .words = { p->interface } };
	}
	if (in || out) /* of the other direction its name is empty */
		return (struct value){ .kind = V_WORDS, .words = { "" } };
	if (is(key, "mark")) /* until a rule sets one */
		return (struct value){ .kind = V_NUMBER, .number = 0 };
	return (struct value){ .kind = V_UNKNOWN };
}

static struct value value_of(const json_t *left, const struct fw_packet *p)
{
	const json_t *o;

	if ((o = json_object_get(left, "payload")) != NULL)
		return payload(o, p);
	if ((o = json_object_get(left, "meta")) != NULL)
		return meta(text(o, "key"), p);
	if ((o = json_object_get(left, "ct")) != NULL && is(text(o, "key"), "state"))
		return (struct value){ .kind = V_WORDS,
			.words = { p->reply ? "established" : "new", p->reply ? "2" : "8" } };
	if ((o = json_object_get(left, "fib")) != NULL && is(text(o, "result"), "type") &&
	    !p->outgoing) {
		const json_t *flags = json_object_get(o, "flags");

		if (is(json_is_array(flags) ? "" : text(o, "flags"), "daddr") ||
		    (json_array_size(flags) == 1 &&
			is(json_string_value(json_array_get(flags, 0)), "daddr")))
			return (struct value){ .kind = V_WORDS, .words = { "local" } };
	}
	return (struct value){ .kind = V_UNKNOWN };
}

/* --- Right --- */

static enum fw_match any(enum fw_match a, enum fw_match b)
{
	return a == FW_YES || b == FW_YES ? FW_YES : a == FW_UNSURE ? FW_UNSURE : b;
}

static enum fw_match word_is(const struct value *v, const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < 4 && v->words[i] != NULL; i++) {
		if (is(v->words[i], s))
			return FW_YES;
		/* An interface's name may end in a star. */
		if (len > 1 && s[len - 1] == '*' && strncmp(v->words[i], s, len - 1) == 0)
			return FW_YES;
	}
	return FW_NO;
}

static enum fw_match address_is(const struct value *v, const json_t *right)
{
	const json_t *prefix = json_object_get(right, "prefix"),
		     *range = json_object_get(right, "range");
	struct netaddr a, b;

	if (json_is_string(right)) {
		unsigned bits;

		if (!netaddr_parse_net(&a, &bits, json_string_value(right)))
			return FW_UNSURE;
		return netaddr_in(&v->address, &a, bits) ? FW_YES : FW_NO;
	}
	if (prefix != NULL && netaddr_parse(&a, text(prefix, "addr"))) {
		json_int_t len = json_integer_value(json_object_get(prefix, "len"));

		return len >= 0 && len <= 128 && netaddr_in(&v->address, &a, (unsigned)len) ? FW_YES
											    : FW_NO;
	}
	if (json_is_string(json_array_get(range, 0)) && json_is_string(json_array_get(range, 1)) &&
	    netaddr_parse(&a, json_string_value(json_array_get(range, 0))) &&
	    netaddr_parse(&b, json_string_value(json_array_get(range, 1))) &&
	    a.family == v->address.family && b.family == a.family)
		return netaddr_compare(&v->address, &a) >= 0 &&
			netaddr_compare(&v->address, &b) <= 0
		    ? FW_YES
		    : FW_NO;
	return FW_UNSURE;
}

/* A number, or the name of a service that sshd's usual port has. */
static bool number_in(const json_t *o, int64_t *n)
{
	char *end;

	if (json_is_integer(o)) {
		*n = json_integer_value(o);
		return true;
	}
	if (!json_is_string(o))
		return false;
	if (is(json_string_value(o), "ssh")) {
		*n = 22;
		return true;
	}
	*n = strtoll(json_string_value(o), &end, 10);
	return end != json_string_value(o) && *end == '\0';
}

/* All that the number can be, none of it, or some. */
static enum fw_match lies_in(const struct value *v, int64_t from, int64_t to)
{
	if (v->number >= from && v->last <= to)
		return FW_YES;
	return v->last < from || v->number > to ? FW_NO : FW_UNSURE;
}

static enum fw_match number_is(const struct value *v, const json_t *right)
{
	const json_t *range = json_object_get(right, "range");
	int64_t a, b;

	if (range != NULL) {
		if (!number_in(json_array_get(range, 0), &a) ||
		    !number_in(json_array_get(range, 1), &b))
			return FW_UNSURE;
		return lies_in(v, a, b);
	}
	if (!number_in(right, &a))
		return FW_UNSURE;
	return lies_in(v, a, a);
}

static enum fw_match one_is(const struct value *v, const json_t *right)
{
	if (json_is_string(right) && is(json_string_value(right), "*"))
		return FW_YES; /* the rest of a map */
	switch (v->kind) {
	case V_NONE: return FW_NO;
	case V_ADDRESS: return address_is(v, right);
	case V_NUMBER: return number_is(v, right);
	case V_WORDS:
		if (json_is_integer(right)) {
			char digits[24];

			snprintf(
			    digits, sizeof(digits), "%lld", (long long)json_integer_value(right));
			return word_is(v, digits);
		}
		return json_is_string(right) ? word_is(v, json_string_value(right)) : FW_UNSURE;
	default: return FW_UNSURE;
	}
}

const json_t *nft_elements(
    const json_t *all, const char *family, const char *table, const json_t *set)
{
	const json_t *o;
	size_t i;

	if (json_is_object(set))
		return json_object_get(set, "set");
	if (!json_is_string(set) || json_string_value(set)[0] != '@')
		return NULL;
	json_array_foreach(all, i, o)
	{
		const json_t *s = json_object_get(o, "set");

		if (s == NULL)
			s = json_object_get(o, "map");
		if (s != NULL && is(text(s, "name"), json_string_value(set) + 1) &&
		    is(text(s, "table"), table) && is(text(s, "family"), family))
			return json_object_get(s, "elem");
	}
	return NULL;
}

/* A value, or one of several. */
static enum fw_match right_has(const json_t *all, const char *family, const char *table,
    const struct value *v, const json_t *right, bool *named)
{
	const json_t *elements = right, *e;
	enum fw_match m = FW_NO;
	size_t i;

	if (json_object_get(right, "set") != NULL ||
	    (json_is_string(right) && json_string_value(right)[0] == '@')) {
		elements = nft_elements(all, family, table, right);
		*named = json_is_string(right);
	}
	if (*named && elements == NULL)
		return FW_NO; /* an empty set has no list of elements */
	if (!json_is_array(elements))
		return one_is(v, right);
	json_array_foreach(elements, i, e)
	{
		const json_t *val = json_object_get(json_object_get(e, "elem"), "val");

		if (json_is_array(e)) /* an element of a map: key and value */
			val = json_array_get(e, 0);
		m = any(m, one_is(v, val != NULL ? val : e));
	}
	return m;
}

static enum fw_match not(enum fw_match m) {
	return m == FW_UNSURE ? FW_UNSURE
	    : m == FW_YES     ? FW_NO
			      : FW_YES;
}

static enum fw_match ordered(const struct value *v, const char *op, const json_t *right)
{
	int64_t n;

	if (v->kind == V_NONE)
		return FW_NO;
	if (v->kind != V_NUMBER || !number_in(right, &n))
		return FW_UNSURE;
	if (is(op, "<"))
		return n == INT64_MIN ? FW_NO : lies_in(v, INT64_MIN, n - 1);
	if (is(op, ">"))
		return n == INT64_MAX ? FW_NO : lies_in(v, n + 1, INT64_MAX);
	if (is(op, "<="))
		return lies_in(v, INT64_MIN, n);
	return lies_in(v, n, INT64_MAX);
}

/* tcp flags & (fin | syn | rst | ack) == syn, of a SYN alone: the mask must ask
 * for it. */
static enum fw_match masked_flags(
    const json_t *mask, const char *op, const json_t *right, const struct fw_packet *p)
{
	const json_t *left = json_array_get(mask, 0);
	char *shown = json_dumps(json_array_get(mask, 1), JSON_COMPACT | JSON_ENCODE_ANY);
	bool flags = is(text(json_object_get(left, "payload"), "field"), "flags");
	bool asked = shown != NULL && strstr(shown, "syn") != NULL;
	enum fw_match m = FW_UNSURE;

	free(shown);
	if (p->reply)
		return FW_UNSURE;
	if (flags && json_is_string(right))
		m = is(json_string_value(right), "syn") && asked ? FW_YES : FW_NO;
	else if (flags && json_is_integer(right) && json_integer_value(right) == 0)
		m = asked ? FW_NO : FW_YES;
	return is(op, "!=") ? not(m) : m;
}

unsigned nft_looks_at(const json_t *left)
{
	const json_t *o, *one;
	unsigned all = 0;
	size_t i;

	if (is(text(json_object_get(left, "ct"), "key"), "state"))
		return FW_STATE;
	if (is(text(json_object_get(left, "meta"), "key"), "mark"))
		return FW_MARK;
	o = json_object_get(left, "&");
	if (o == NULL)
		o = json_object_get(left, "concat");
	json_array_foreach(o, i, one)
	{
		if (!json_is_array(one))
			all |= nft_looks_at(one);
	}
	return all;
}

/* By the interface of the way back: the sender is found, for this interface was
 * chosen so. */
static bool is_way_back(const json_t *left)
{
	const json_t *fib = json_object_get(left, "fib"), *flags = json_object_get(fib, "flags"),
		     *one;
	size_t i;

	if (!is(text(fib, "result"), "oif"))
		return false;
	json_array_foreach(flags, i, one)
	{
		if (json_is_string(one) && is(json_string_value(one), "saddr"))
			return true;
	}
	return false;
}

enum fw_match nft_compare(const json_t *all, const char *family, const char *table,
    const json_t *left, const char *op, const json_t *right, const struct fw_packet *p)
{
	const json_t *mask = json_object_get(left, "&");
	struct value v;
	bool named = false;
	enum fw_match m;

	if (is_way_back(left) && json_is_boolean(right) && !p->outgoing)
		return json_is_true(right) != is(op, "!=") ? FW_YES : FW_NO;
	if (json_is_array(mask))
		return masked_flags(mask, op, right, p);
	v = value_of(left, p);
	if (v.kind == V_UNKNOWN)
		return FW_UNSURE;
	if (is(op, "<") || is(op, ">") || is(op, "<=") || is(op, ">="))
		return ordered(&v, op, right);
	if (v.kind == V_NONE) /* also with != : there is nothing to differ */
		return FW_NO;
	m = right_has(all, family, table, &v, right, &named);
	return is(op, "!=") ? not(m) : m;
}
