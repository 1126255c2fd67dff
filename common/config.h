/* SPDX-License-Identifier: ISC */
/*
 * plugins.yml and master.yml (design.md, "Configuration"): the values, with
 * defaults for what is absent.
 */
#ifndef BIJK_CONFIG_H
#define BIJK_CONFIG_H

#include <stdint.h>

#include "common/base/yaml.h"

#define NODE_CONFIG_FILE "/etc/bijk/plugins.yml"
#define MASTER_CONFIG_FILE "/etc/bijk/master.yml"

enum push_mode { PUSH_AUTO, PUSH_ALWAYS, PUSH_NEVER };
enum push_order { ORDER_LISTED, ORDER_SPREAD };

struct node_config {
	/* node: */
	char *name;	 /* never NULL after node_config_name() */
	char *address;	 /* NULL: the source address towards the first master */
	uint64_t port;	 /* 0: what sshd listens on, else 22 */
	char *host_keys; /* a glob(7) pattern */
	char *state;
	char *hash;
	/* sender: */
	struct yaml_list masters; /* in the order in which they are tried, once the name is known */
	int order;		  /* enum push_order */
	uint64_t copies;	  /* masters that must have a record before it is freed */
	int mode;		  /* enum push_mode */
	uint64_t period, pull_timeout; /* seconds */
	char *user;
	uint64_t ssh_port, register_port;
	char *local, *remote; /* local: ADDRESS:PORT, or "stdio" */
	char *ssh;
	char *ssh_config; /* "none" or a file */
	uint64_t timeout;
	/* spool: */
	uint64_t max_size, min_free, max_record; /* bytes */
};

/*
 * Reading returns 0, also if the default file does not exist. -1: why, and
 * errno, ENOENT if there is no such file. config_exit_code() maps that errno to
 * 66 or 78.
 */
int config_exit_code(int error);
/* Exits with that code and the reason. */
void node_config_or_die(const char *path, struct node_config *c);
int node_config_read(const char *path, struct node_config *c, char why[YAML_WHY_MAX]);
void node_config_free(struct node_config *c);
/*
 * Fills in c->name, the configured one or the host name, and with `order:
 * spread` sorts c->masters for this node. -1: why; the host name
 * is no valid node name, or a default one that many machines share
 * (name_of_nobody).
 */
int node_config_name(struct node_config *c, char why[YAML_WHY_MAX]);
void node_config_name_or_die(struct node_config *c);
/* Opens a directory of the state, made (0700) if need be. -1: errno. */
int state_dir(const struct node_config *c, const char *name);

struct master_config {
	/* master: */
	char *name; /* never NULL after store_settle_name() */
	char *state;
	char *host_keys;
	/* pull: */
	uint64_t pull_period, parallel, pull_timeout;
	char *user;
	char *key; /* never NULL: id_ed25519 in state */
	char *ssh, *ssh_config;
	bool keep;
	/* push: */
	uint64_t min_period;
	/* register: */
	int unknown; /* enum register_unknown */
	uint64_t max_pending;
	/* archive: */
	uint64_t max_age, max_size; /* seconds, bytes */
	uint64_t archive_free;	    /* min_free, bytes */
	struct yaml_list keep_for;  /* names of feeds */
};

/* 256 MiB, or an eighth of a smaller file system. */
#define ARCHIVE_FREE_UNSET UINT64_MAX

enum register_unknown { UNKNOWN_PENDING, UNKNOWN_REFUSE };

void master_config_or_die(const char *path, struct master_config *c);
int master_config_read(const char *path, struct master_config *c, char why[YAML_WHY_MAX]);
/* Fills in c->name for a new store, as node_config_name(). */
int master_config_name(struct master_config *c, char why[YAML_WHY_MAX]);
void master_config_free(struct master_config *c);

#endif
