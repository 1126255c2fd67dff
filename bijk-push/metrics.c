/* SPDX-License-Identifier: ISC */
/* --prom: what a node knows of itself, as metrics. Takes no lock and changes
 * nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sysexits.h>

#include "bijk-push/push.h"
#include "common/base/msg.h"
#include "common/base/prom.h"
#include "common/exchange/proof.h"
#include "common/log/spool.h"

#include "common/base/banned.h"

enum {
	BUILD,
	STORED,
	WAITING,
	OLDEST,
	DROPPED,
	SIZE,
	MAX_SIZE,
	FREE,
	MIN_FREE,
	FREE_INODES,
	CONTACT,
	FAILURES,
	REGISTRATION,
	UNREGISTERED_WITH,
	METRICS
};

static struct prom_metric of_node[METRICS] = {
	[BUILD] = PROM_METRIC("bijk_build_info", "The version of Bijk; the value is always 1."),
	[STORED] = PROM_METRIC(
	    "bijk_spool_stored_records_total", "Records stored in the spool since it was made."),
	[WAITING] = PROM_METRIC("bijk_spool_waiting_records",
	    "Records in the spool that fewer than sender.copies masters have acknowledged."),
	[OLDEST] = PROM_METRIC(
	    "bijk_spool_oldest_waiting_timestamp_seconds", "Time of the oldest of these records."),
	[DROPPED] = PROM_METRIC("bijk_spool_dropped_records",
	    "Records dropped at the limit of the spool since the last acknowledgement."),
	[SIZE] = PROM_METRIC("bijk_spool_size_bytes", "Size of the spool."),
	[MAX_SIZE] = PROM_METRIC("bijk_spool_max_size_bytes", "spool.max_size."),
	[FREE] = PROM_METRIC(
	    "bijk_spool_free_bytes", "Free space of the file system that has the spool."),
	[MIN_FREE] = PROM_METRIC("bijk_spool_min_free_bytes",
	    "spool.min_free: with less free space no record is accepted."),
	[FREE_INODES] = PROM_METRIC(
	    "bijk_spool_free_inodes", "Free inodes of the file system that has the spool."),
	[CONTACT] = PROM_METRIC("bijk_contact_timestamp_seconds",
	    "When the last good pull, and the last good push, ended."),
	[FAILURES] = PROM_METRIC(
	    "bijk_push_failures", "Pushes in a row that were due and that no master accepted."),
	[REGISTRATION] = PROM_METRIC("bijk_registration_timestamp_seconds",
	    "When this master last accepted the registration of this node."),
	[UNREGISTERED_WITH] = PROM_METRIC("bijk_registration_failed",
	    "1 if the last registration with this master failed, else 0."),
};

static void set(int i, uint64_t value)
{
	prom_count(&of_node[i], value, NULL);
}

static void add_spool(const struct node_config *c)
{
	struct spool_state st;
	struct statvfs fs;
	char *path = spool_path(c);

	if (path == NULL || spool_look(c, &st) == -1)
		die(EX_IOERR, "reading the spool in %s: %s", c->state, strerror(errno));
	set(STORED, st.stored);
	set(WAITING, st.waiting);
	set(DROPPED, st.dropped);
	set(SIZE, st.size);
	if (st.oldest != 0)
		prom_add(&of_node[OLDEST], st.oldest, NULL);
	set(MAX_SIZE, c->max_size);
	set(MIN_FREE, c->min_free);
	if (statvfs(path, &fs) == 0 || statvfs(c->state, &fs) == 0) {
		set(FREE, (uint64_t)fs.f_bavail * fs.f_frsize);
		if (fs.f_files > 0)
			set(FREE_INODES, fs.f_favail);
	}
	free(path);
}

static void add_contact(int64_t time, const char *direction, const char *master)
{
	if (time > 0)
		prom_add(
		    &of_node[CONTACT], time, PROM_LABELS("direction", direction, "master", master));
}

static void add_registrations(const struct node_config *c)
{
	struct fail f;
	struct masters *ms = masters_open(c, MASTERS_READ, 0, &f);

	if (ms == NULL)
		die(f.exit_code, "%s", f.text);
	for (size_t i = 0; i < c->masters.n; i++) {
		const struct register_state *s = masters_state(ms, c->masters.v[i]);
		const char *const *labels = PROM_LABELS("master", c->masters.v[i]);

		if (s == NULL || s->tried == 0)
			continue;
		if (s->taken > 0)
			prom_add(&of_node[REGISTRATION], s->taken, labels);
		prom_add(&of_node[UNREGISTERED_WITH], strcmp(s->result, "taken") != 0, labels);
	}
	masters_close(ms);
}

int print_metrics(const struct node_config *c)
{
	struct contact k;

	prom_add(&of_node[BUILD], 1, PROM_LABELS("program", "bijk-push", "version", BIJK_VERSION));
	add_spool(c);
	contact_read(c, &k);
	add_contact(k.last_pull, direction_name(DIRECTION_PULL), k.pull_master);
	add_contact(k.push_ended, direction_name(DIRECTION_PUSH), k.push_master);
	set(FAILURES, contact_failures(c, &k));
	add_registrations(c);
	if (prom_print(of_node, METRICS, stdout) == -1)
		die(EX_OSERR, "out of memory");
	return out_flush();
}
