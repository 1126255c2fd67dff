/* SPDX-License-Identifier: ISC */
/* The configuration: it parses, no section is a slip of the pen, and its values
 * can work together. */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/check_config.h"
#include "bijk-doctor/shellword.h"
#include "common/base/file.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

/* What the reader says of a file that is wrong, "FILE:LINE:COLUMN: …", taken
 * apart. */
static const char *place_of(const char *why, const char *path, unsigned *line)
{
	size_t n = strlen(path);
	unsigned column;
	int end = 0;

	if (strncmp(why, path, n) != 0 || sscanf(why + n, ":%u:%u: %n", line, &column, &end) != 2 ||
	    end == 0)
		return NULL;
	return why + n + end;
}

/* The two words in `backquotes`; false: there are none. */
static bool quoted(const char *text, const char *before, char out[64])
{
	const char *s = strstr(text, before), *end;

	if (s == NULL || (end = strchr(s + strlen(before), '`')) == NULL)
		return false;
	s += strlen(before);
	if (end - s >= 64)
		return false;
	memcpy(out, s, (size_t)(end - s));
	out[end - s] = '\0';
	return true;
}

void config_is_wrong(struct doctor *d, const char *why)
{
	const char *file = shell_word(d->config_path), *what;
	char wrong[64], right[64];
	unsigned line;

	report_found(d->report, VERDICT_FAIL, "configuration", "%s", why);
	what = place_of(why, d->config_path, &line);
	if (what != NULL && strstr(what, "tab") != NULL)
		report_mend(d->report, "sed -i '%us/\\t/  /g' %s", line, file);
	else if (what != NULL && quoted(what, "unknown key `", wrong) &&
	    quoted(what, "did you mean `", right))
		report_mend(d->report, "sed -i '%us/%s/%s/' %s", line, wrong, right, file);
	else if (what != NULL)
		report_mend(d->report, "sed -i '%us/^/#/' %s", line, file);
	report_note(d->report,
	    "as long as it stands, every program that reads it ends at once; what may stand there: "
	    "man %s",
	    d->is_master ? "bijk-master.yml" : "bijk-plugins.yml");
}

/* The lines of the file that begin a section, and the number of lines in
 * all. */
struct sections {
	char word[64][32];
	unsigned line[64];
	size_t n;
	unsigned lines;
};

static bool has(const struct sections *s, const char *word)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->word[i], word) == 0)
			return true;
	}
	return false;
}

/* One that is ours already stands in the file only once: the slip is put out of
 * the way, to be merged by hand. */
static void mend_section(struct doctor *d, const struct sections *s, size_t i, const char *meant)
{
	const char *file = shell_word(d->config_path);
	unsigned last = i + 1 < s->n ? s->line[i + 1] - 1 : s->lines;

	if (!has(s, meant)) {
		report_mend(
		    d->report, "sed -i '%us/%s:/%s:/' %s", s->line[i], s->word[i], meant, file);
		return;
	}
	report_mend(d->report, "sed -i '%u,%us/^/#/' %s", s->line[i], last, file);
	report_note(d->report, "then put these lines below the `%s:` that is there", meant);
}

static bool look_at_section(
    struct doctor *d, const struct sections *s, size_t i, const char *const ours[], enum verdict v)
{
	/* `push` and `pull` are as near to each other as a slip. */
	for (size_t k = 0; ours[k] != NULL; k++) {
		if (strcmp(s->word[i], ours[k]) == 0)
			return false;
	}
	for (size_t k = 0; ours[k] != NULL; k++) {
		if (!word_near(s->word[i], ours[k]))
			continue;
		report_found(d->report, v, "sections",
		    "`%s:` in line %u of %s counts as a plugin's: was `%s:` meant?", s->word[i],
		    s->line[i], d->config_path, ours[k]);
		mend_section(d, s, i, ours[k]);
		return true;
	}
	return false;
}

/* Words at the begin of a line; what they stand for the reader has checked. */
static void find_sections(struct sections *s, const char *text)
{
	while (*text != '\0') {
		const char *end = strchrnul(text, '\n');
		size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");

		s->lines++;
		if (len > 0 && len < sizeof(s->word[0]) && text[len] == ':' && s->n < 64) {
			memcpy(s->word[s->n], text, len);
			s->word[s->n][len] = '\0';
			s->line[s->n++] = s->lines;
		}
		text = *end == '\0' ? end : end + 1;
	}
}

bool config_has_slips(struct doctor *d, const char *const ours[], enum verdict v)
{
	struct buf b = BUF_INIT(YAML_FILE_MAX);
	struct sections s = { .n = 0 };
	bool slip = false;

	if (file_read(AT_FDCWD, d->config_path, &b) == 0 && b.data != NULL)
		find_sections(&s, b.data);
	for (size_t i = 0; i < s.n; i++)
		slip |= look_at_section(d, &s, i, ours, v);
	buf_free(&b);
	return slip;
}

/* A file system that is smaller than what must stay free of it takes no record,
 * ever. */
static void look_at_room(struct doctor *d)
{
	const struct node_config *c = &d->node;
	char all[32], set[32];
	uint64_t size = (uint64_t)d->facts.room.f_blocks * d->facts.room.f_frsize;

	if (size == 0)
		return;
	num_show_size(all, sizeof(all), size);
	if (c->min_free >= size) {
		report_found(d->report, VERDICT_FAIL, "spool.min_free",
		    "%s must stay free, and the file system of its spool has %s in all: nothing is "
		    "taken",
		    num_show_size(set, sizeof(set), c->min_free), all);
		report_mend(d->report,
		    "sed -i 's/^\\([[:space:]]*min_free:[[:space:]]*\\)[^[:space:]#]*/\\1%juM/' %s",
		    (uintmax_t)(size / 10 >> 20), shell_word(d->config_path));
	} else if (c->max_size > size) {
		report_found(d->report, VERDICT_WARN, "spool.max_size",
		    "%s is more than the file system of the spool has (%s): with no master it "
		    "fills up, "
		    "and "
		    "the newest records are lost instead of the oldest",
		    num_show_size(set, sizeof(set), c->max_size), all);
		report_note(d->report, "set spool.max_size in %s below that", d->config_path);
	}
}

static void look_at_values(struct doctor *d)
{
	const struct node_config *c = &d->node;
	struct report *r = d->report;

	if (c->masters.n == 0 && c->mode == PUSH_ALWAYS) {
		report_found(r, VERDICT_FAIL, "masters",
		    "sender.mode is always, but sender.masters names none");
		report_note(r, "name one in %s: sender, masters: [HOST]", d->config_path);
	} else if (c->masters.n == 0) {
		report_found(r, VERDICT_FAIL, "masters",
		    "sender.masters names none: nobody gets the records");
		report_note(r, "name one in %s: sender, masters: [HOST]", d->config_path);
	} else if (c->mode != PUSH_NEVER && strcmp(c->local, c->remote) == 0) {
		report_found(r, VERDICT_WARN, "sender.local",
		    "it is the same as sender.remote: a master on this machine listens there "
		    "itself");
	} else {
		report_found(r, VERDICT_OK, "masters", "%zu named, sender.mode is %s", c->masters.n,
		    c->mode == PUSH_AUTO	 ? "auto"
			: c->mode == PUSH_ALWAYS ? "always"
						 : "never");
	}
	if (c->mode == PUSH_AUTO && c->pull_timeout < 60)
		report_found(r, VERDICT_WARN, "sender.pull_timeout",
		    "%ju s is shorter than a master's shortest period: the node pushes between two "
		    "pulls",
		    (uintmax_t)c->pull_timeout);
}

void check_config(struct doctor *d)
{
	static const char *const ours[] = { "node", "sender", "spool", NULL };
	char why[YAML_WHY_MAX];
	struct node_config c;
	bool good = node_config_read(d->config_path, &c, why) == 0;

	if (!good) {
		config_is_wrong(d, why);
	} else if (node_config_name(&c, why) == -1) {
		report_found(d->report, VERDICT_FAIL, "node.name", "%s", why);
		report_mend(
		    d->report, "printf 'node:\\n  name: NAME\\n' >>%s", shell_word(d->config_path));
	} else {
		report_found(d->report, VERDICT_OK, "configuration",
		    "%s can be read; this is node %s", d->config_path, c.name);
		if (!config_has_slips(
			d, ours, d->node.masters.n == 0 ? VERDICT_FAIL : VERDICT_WARN)) {
			look_at_values(d);
			look_at_room(d);
		}
	}
	node_config_free(&c);
}
