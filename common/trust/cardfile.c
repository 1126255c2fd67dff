/* SPDX-License-Identifier: ISC */
#include "common/trust/cardfile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define PATH_ROOM 320

static const char *path_of(char out[PATH_ROOM], const char *folder, const char *address)
{
	snprintf(out, PATH_ROOM, "%s/%s", folder, address);
	return out;
}

/* A card names no interface of a machine; the file's name does. */
static const char *said(const char *address)
{
	return hostaddr_portable(address) ? address : "";
}

int cardfile_read(int state, const char *folder, const char *address, struct card *c)
{
	struct buf b = BUF_INIT(CARD_MAX);
	char path[PATH_ROOM];
	const char *why;
	unsigned line;
	int rc = 0;

	*c = (struct card){ .kind = CARD_MASTER };
	if (file_read(state, path_of(path, folder, address), &b) == -1) {
		rc = errno == ENOENT ? 0 : -1;
		goto out;
	}
	errno = 0;
	if (card_parse(c, b.data != NULL ? b.data : "", b.len, &line, &why) == -1) {
		rc = errno == ENOMEM ? -1 : 0;
		msg_warn("%s, line %u: %s", path, line, why);
	} else if (c->kind != CARD_MASTER || strcmp(c->address, said(address)) != 0) {
		msg_warn("%s: not the card of a master with this address", path);
	} else {
		snprintf(c->address, sizeof(c->address), "%s", address);
		rc = 1;
	}
out:
	if (rc != 1)
		card_free(c);
	buf_free(&b);
	return rc;
}

int cardfile_write(int state, const char *folder, const struct card *c, bool *changed)
{
	struct buf b = BUF_INIT(CARD_MAX);
	char path[PATH_ROOM];
	int dir = dir_make(state, folder, 0700);
	struct card stored = *c;
	int rc = -1;

	snprintf(stored.address, sizeof(stored.address), "%s", said(c->address));
	if (dir != -1 && card_format(&stored, &b) == 0)
		rc = file_update(
		    state, path_of(path, folder, c->address), b.data, b.len, 0600, changed);
	close_fd(dir);
	buf_free(&b);
	return rc;
}

int cardfile_remove(int state, const char *folder, const char *address)
{
	char path[PATH_ROOM];

	return file_remove(state, path_of(path, folder, address));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct cardnames *names, const char *name)
{
	char **v = reallocarray(names->v, names->n + 1, sizeof(*v));

	if (v == NULL)
		return -1;
	names->v = v;
	v[names->n] = strdup(name);
	return v[names->n++] == NULL ? -1 : 0;
}

/* What a crash left of a card half written is no card. */
static bool is_card(const char *name)
{
	size_t len = strlen(name);

	return hostaddr_valid(name) && (len < 4 || strcmp(name + len - 4, ".tmp") != 0);
}

int cardfile_list(int state, const char *folder, struct cardnames *names)
{
	int fd = dir_open(state, folder), rc = 0, why;
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *e;

	*names = (struct cardnames){ .n = 0 };
	if (d == NULL) {
		close_fd(fd);
		return errno == ENOENT ? 0 : -1;
	}
	while (rc == 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (is_card(e->d_name))
			rc = add_name(names, e->d_name);
	}
	/* A folder that cannot be read to its end is not an empty one. */
	why = errno;
	if (rc == 0 && why != 0)
		rc = -1;
	closedir(d);
	if (names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), by_name);
	if (rc == -1)
		cardnames_free(names);
	errno = why;
	return rc;
}

void cardnames_free(struct cardnames *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct cardnames){ .n = 0 };
}
