/* SPDX-License-Identifier: ISC */
/*
 * Where the logs of a node stood when the administrator had its records purged. Should the node be added again, it goes on
 * there, and what was purged is not counted as its loss. purged/NAME, until the node is there again; then its own file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/num.h"
#include "common/log/log.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

#define KEPT 64 /* logs: those last used */

static int add_log(struct store *s, const char *name, const struct log_id *id, struct fields *f)
{
	char *path = store_log_path(s, name, id), hex[2 * LOG_ID_SIZE + 1];
	struct log *l = path != NULL ? log_open(path, LOG_PEEK) : NULL;
	int rc = 0;

	hex_encode(hex, id->b, sizeof(id->b));
	if (l != NULL)
		rc = fields_set_num(f, hex, (int64_t)log_next(l));
	log_close(l);
	free(path);
	return rc;
}

int store_purge_note(struct store *s, const char *name)
{
	struct fields f = { .n = 0 };
	struct log_id *ids = NULL;
	int n = store_logs(s, name, &ids), rc = 0, dir = -1;

	for (int i = n > KEPT ? n - KEPT : 0; i < n && rc == 0; i++)
		rc = add_log(s, name, &ids[i], &f);
	if (rc == 0 && f.n > 0) {
		dir = dir_make(s->root, "purged", 0700);
		rc = dir != -1 ? fields_write(&f, dir, name) : -1;
	}
	close_fd(dir);
	fields_free(&f);
	free(ids);
	return rc;
}

void store_purge_recall(const struct store *s, int node, const char *name)
{
	int dir = dir_open(s->root, "purged");

	if (dir != -1)
		(void)!renameat(dir, name, node, "purged");
	close_fd(dir);
}

uint64_t store_purged(int dir, const struct log_id *id)
{
	struct fields f = { .n = 0 };
	char hex[2 * LOG_ID_SIZE + 1];
	int64_t n;

	hex_encode(hex, id->b, sizeof(id->b));
	fields_read(&f, dir, "purged");
	n = fields_num(&f, hex, 0);
	fields_free(&f);
	return n > 0 && (uint64_t)n < SEQ_END ? (uint64_t)n : 0;
}
