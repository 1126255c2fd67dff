/* SPDX-License-Identifier: ISC */
/*
 * What one attempt in the copy came to: how far, what stopped it, and in whose
 * words. Plain data without pointers, for it crosses processes.
 */
#ifndef BIJK_DOCTOR_ATTEMPT_H
#define BIJK_DOCTOR_ATTEMPT_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/hostaddr.h"

/* In this order; an attempt that reaches a later stage got further. */
enum stage {
	STAGE_START,   /* sshd starts, and listens where the other side comes to */
	STAGE_CONNECT, /* TCP */
	STAGE_BANNER,  /* sshd greets: not reset by libwrap */
	STAGE_LOGIN,   /* the key is accepted */
	STAGE_SESSION, /* PAM, chroot, shell: our program starts */
	STAGE_ANSWER,  /* it answers as the protocol says */
	STAGE_DONE,
};

/* Who comes to whom: what an attempt is about, and what fixes are made for. */
struct route {
	char user[32];		  /* the account of this machine that is logged in to */
	char peer[SOCK_ADDR_MAX]; /* the other side's address, as it arrives here */
	char ours[SOCK_ADDR_MAX]; /* this machine's address that it comes to */
	uint16_t port;		  /* on this machine */
	char interface[IFNAMSIZ]; /* here, towards the peer */
	char home[256];		  /* of the account */
	char sshd_config[256];	  /* the file that the running sshd reads */
	char reload[512];	  /* a command line: sshd reads its configuration again */
};

/* The packet that a rule stopped, as `nft monitor trace` tells it. */
struct drop {
	enum {
		DROPS,
		QUEUES, /* to a program, which the copy does not have */
		CHANGES /* and lets it go on: it may be why there is no answer */
	} deed;
	bool out;	/* it was leaving this machine */
	bool policy;	/* no rule: the chain's policy */
	bool legacy;	/* of iptables-legacy: found by its counter */
	bool iptables;	/* a table that iptables writes */
	char family[8]; /* ip, ip6, inet, arp, netdev */
	char table[64], chain[64];
	char rule[512];	   /* as nft or iptables prints it; "" for a policy */
	char protocol[16]; /* tcp, icmpv6, arp */
	char source[SOCK_ADDR_MAX], destination[SOCK_ADDR_MAX];
	uint16_t source_port, port; /* port: the destination's, as this chain saw it */
};

#define SAID_MAX 8192

struct attempt {
	enum stage reached; /* STAGE_DONE: it flows */
	bool dropped;
	struct drop drop; /* if dropped */
	/*
	 * What was said, a line each, in the order sshd's log, syslog of the
	 * copy (PAM, our programs), our ssh's last words. Visible text.
	 */
	char said[SAID_MAX];
};

/* Adds a line, made visible, as far as there is room. */
void attempt_say(struct attempt *a, const char *line, size_t len);
void attempt_say_file(struct attempt *a, const char *path);
/* What our ssh printed, but for its debug output. */
void attempt_say_ssh(struct attempt *a, const char *text);
/* Where ssh was when it had printed this. */
enum stage attempt_stage(const char *text);

#endif
