/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/sshd_files.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/banned.h"

#define DEPTH 16 /* of Includes, as in sshd */

/* What is done with each line; false ends the walk. */
struct walk {
	bool (*line)(
	    struct walk *w, const char *file, unsigned n, const char *keyword, const char *rest);
	void (*file)(struct walk *w, const char *file, const struct stat *st);
	bool in_match;
	/* Of the functions below. */
	const char *keyword;
	struct sshd_place *v;
	size_t n;
	time_t newest;
	char *name;
};

static bool walk_file(struct walk *w, const char *path, unsigned depth);

static bool walk_include(struct walk *w, const char *patterns, unsigned depth)
{
	char copy[SSHD_VALUE_MAX], path[PATH_MAX];
	char *save = NULL;
	bool on = true;

	snprintf(copy, sizeof(copy), "%s", patterns);
	for (char *p = strtok_r(copy, " \t", &save); on && p != NULL;
	     p = strtok_r(NULL, " \t", &save)) {
		glob_t g;
		size_t len = strlen(p);

		if (len > 1 && p[0] == '"' && p[len - 1] == '"') {
			p[len - 1] = '\0';
			p++;
		}
		snprintf(path, sizeof(path), "%s%s", p[0] == '/' ? "" : "/etc/ssh/", p);
		if (glob(path, 0, NULL, &g) != 0)
			continue;
		for (size_t i = 0; on && i < g.gl_pathc; i++)
			on = walk_file(w, g.gl_pathv[i], depth + 1);
		globfree(&g);
	}
	return on;
}

static bool walk_line(
    struct walk *w, const char *path, unsigned n, const char *line, unsigned depth)
{
	char keyword[64], rest[SSHD_VALUE_MAX];

	if (!sshd_config_line(line, keyword, rest))
		return true;
	if (strcmp(keyword, "match") == 0)
		w->in_match = strcasecmp(rest, "all") != 0;
	if (w->line != NULL && !w->line(w, path, n, keyword, rest))
		return false;
	return strcmp(keyword, "include") == 0 ? walk_include(w, rest, depth) : true;
}

static bool walk_file(struct walk *w, const char *path, unsigned depth)
{
	FILE *f = depth < DEPTH ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t room = 0;
	struct stat st;
	unsigned n = 0;
	bool on = true, in_match = w->in_match;

	if (f == NULL)
		return true;
	if (w->file != NULL && fstat(fileno(f), &st) == 0)
		w->file(w, path, &st);
	while (on && getline(&line, &room, f) != -1) {
		line[strcspn(line, "\n")] = '\0';
		on = walk_line(w, path, ++n, line, depth);
	}
	/* A Match ends with its file. */
	w->in_match = in_match;
	free(line);
	fclose(f);
	return on;
}

static bool note_place(
    struct walk *w, const char *file, unsigned n, const char *keyword, const char *rest)
{
	struct sshd_place *p = &w->v[w->n];

	if (strcmp(keyword, w->keyword) != 0)
		return true;
	*p = (struct sshd_place){ .line = n, .in_match = w->in_match };
	snprintf(p->file, sizeof(p->file), "%s", file);
	snprintf(p->value, sizeof(p->value), "%s", rest);
	return ++w->n < SSHD_PLACES;
}

size_t sshd_places(const char *config, const char *keyword, struct sshd_place v[SSHD_PLACES])
{
	struct walk w = { .line = note_place, .keyword = keyword, .v = v };

	walk_file(&w, config, 0);
	return w.n;
}

const struct sshd_place *sshd_place_with(const struct sshd_place *v, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasestr(v[i].value, word) != NULL)
			return &v[i];
	}
	return n > 0 ? v : NULL;
}

static bool is_dropin_include(
    struct walk *w, const char *file, unsigned n, const char *keyword, const char *rest)
{
	(void)file;
	(void)n;
	if (strcmp(keyword, "match") == 0)
		return false;
	if (strcmp(keyword, "include") == 0 && strstr(rest, "sshd_config.d/*.conf") != NULL) {
		w->n++;
		return false;
	}
	return true;
}

bool sshd_reads_dropins(const char *config)
{
	struct walk w = { .line = is_dropin_include };

	walk_file(&w, config, 0);
	return w.n > 0;
}

static void note_time(struct walk *w, const char *file, const struct stat *st)
{
	if (st->st_mtime < w->newest)
		return;
	w->newest = st->st_mtime;
	snprintf(w->name, PATH_MAX, "%s", file);
}

time_t sshd_newest(const char *config, char name[PATH_MAX])
{
	struct walk w = { .file = note_time, .name = name };

	name[0] = '\0';
	walk_file(&w, config, 0);
	return w.newest;
}
