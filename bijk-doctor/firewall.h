/* SPDX-License-Identifier: ISC */
/*
 * Rule sets of a packet filter, as one packet meets them: the first of a
 * connection (TCP, SYN alone, state new), or an answer to one (state
 * established). The parsers (iptables_text.h, nft_json.h) have judged each rule
 * for that packet when they add it; here is the way through the chains. No I/O.
 *
 * A rule that cannot be judged is followed both ways: it matters only if these
 * end differently.
 */
#ifndef BIJK_DOCTOR_FIREWALL_H
#define BIJK_DOCTOR_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bijk-doctor/netaddr.h"

struct fw_packet {
	struct netaddr from, to;
	uint16_t port;	       /* that it goes to; of a reply, that it comes from */
	const char *interface; /* that it comes in by, or leaves by; NULL: not known */
	bool outgoing;
	/* not a SYN: an answer from this port, to a port of ours that the kernel chose */
	bool reply;
};

/* Ports that the kernel chooses for a connection of ours, unless it was told
 * others. */
#define FW_CHOSEN_FIRST 32768
#define FW_CHOSEN_LAST 60999

enum fw_match { FW_NO, FW_YES, FW_UNSURE };

enum fw_action {
	FW_CONTINUE, /* it counts, logs, marks: and the next rule is asked */
	FW_ACCEPT,
	FW_DROP, /* or reject */
	FW_RETURN,
	FW_JUMP,
	FW_GOTO,
	FW_ODD, /* anything may come of it */
};

/* What a rule can change of a packet, and what others look at: as a set. */
#define FW_STATE 1u /* of its connection: it is no longer tracked */
#define FW_MARK 2u

struct fw_rule {
	enum fw_match match;
	unsigned looks_at;  /* FW_STATE, FW_MARK */
	enum fw_match rest; /* without what it looks at: where that was changed before */
	unsigned changes;
	enum fw_action action;
	char *target; /* of a jump: the name of a chain of the same table */
	char *text;
	unsigned number; /* in its chain, from 1; of nft its handle */
};

enum fw_kind { FW_IPTABLES, FW_IPTABLES_LEGACY, FW_NFT };

struct fw_chain {
	enum fw_kind kind;
	char *family, *table, *name; /* family: "ip", "ip6", "inet" … */
	bool base;		     /* the packet comes here by itself */
	int place;		     /* then: lower ones are met earlier */
	enum fw_action policy;	     /* FW_ACCEPT or FW_DROP */
	struct fw_rule *rules;
	size_t n;
};

struct firewall {
	struct fw_chain *v;
	size_t n;
	bool reply; /* the packet is one */
};

#define FIREWALL_INIT                                                                              \
	{                                                                                          \
		.n = 0                                                                             \
	}
void firewall_free(struct firewall *f);

/* These end the program without memory. The chain stays where it is until the
 * next one is added. */
struct fw_chain *firewall_add_chain(
    struct firewall *f, enum fw_kind kind, const char *family, const char *table, const char *name);
struct fw_chain *firewall_chain(
    struct firewall *f, enum fw_kind kind, const char *family, const char *table, const char *name);
/* Gives the rule, which looks at nothing and changes nothing, until the next
 * one is added. */
struct fw_rule *firewall_add_rule(struct fw_chain *c, enum fw_match match, enum fw_action action,
    const char *target, const char *text, unsigned number);

enum fw_fate { FW_PASSES, FW_STOPPED, FW_UNDECIDED };

struct fw_end {
	enum fw_fate fate;
	const struct fw_chain *base; /* the base chain where it ends, unless it passes */
	/* The chain and the rule that decided, or that cannot be judged; no
	 * rule: the policy. */
	const struct fw_chain *chain;
	const struct fw_rule *rule;
};

/* Where the packet gets: through every base chain, or stopped in one. */
struct fw_end firewall_walk(const struct firewall *f);

#endif
