/* SPDX-License-Identifier: ISC */
/* The configuration: it parses, no section is a slip of the pen, and its values
 * can work together. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/file.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

/* `why`: what the reader says of the file, "FILE:LINE:COLUMN: …". */
static void config_is_wrong(struct doctor *d, const char *why)
{
	const char *file = shell_word(d->config_path);
	size_t n = strlen(d->config_path);
	char wrong[64], right[64];
	unsigned line;

	report_found(d->report, VERDICT_FAIL, "configuration", "%s", why);
	if (strncmp(why, d->config_path, n) == 0 && sscanf(why + n, ":%u:", &line) == 1) {
		if (strstr(why + n, "tab") != NULL)
			report_mend(d->report, "sed -i '%us/\\t/  /g' %s", line, file);
		else if (sscanf(why + n,
			     ":%*u:%*u: unknown key `%63[a-z_]` in section `%*[a-z]`; did you mean "
			     "`%63[a-z_]`",
			     wrong, right) == 2)
			report_mend(d->report, "sed -i '%us/%s/%s/' %s", line, wrong, right, file);
		else
			report_mend(d->report, "sed -i '%us/^/#/' %s", line, file);
	}
	report_note(d->report,
	    "as long as it stands, every program that reads it ends at once; what may stand there: "
	    "man %s",
	    d->is_master ? "bijk-master.yml" : "bijk-plugins.yml");
}

/* The word in front of the colon at the begin of a line; "": none. */
static void section_of(char word[32], const char *line)
{
	size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	word[0] = '\0';
	if (n > 0 && n < 32 && line[n] == ':')
		snprintf(word, 32, "%.*s", (int)n, line);
}

static bool has_section(const char *text, const char *name)
{
	char word[32];

	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		section_of(word, text);
		if (strcmp(word, name) == 0)
			return true;
	}
	return false;
}

/* One of ours that `word` is but for a letter or two, and is none itself:
 * `push` and `pull` are as near to each other. */
static const char *meant(const char *word, const char *const ours[])
{
	const char *near = NULL;

	for (; *ours != NULL; ours++) {
		if (strcmp(word, *ours) == 0)
			return NULL;
		if (near == NULL && word_near(word, *ours))
			near = *ours;
	}
	return near;
}

static void tell_slip(struct doctor *d, enum verdict v, unsigned line, const char *word,
    const char *right, bool twice)
{
	const char *file = shell_word(d->config_path);

	report_found(d->report, v, "sections",
	    "`%s:` in line %u of %s counts as a plugin's: was `%s:` meant?", word, line,
	    d->config_path, right);
	if (!twice) {
		report_mend(d->report, "sed -i '%us/%s:/%s:/' %s", line, word, right, file);
		return;
	}
	report_mend(d->report,
	    "sed -i -e '%u{s/^/#/;:a' -e 'n;/^[A-Za-z_]/b' -e 's/^/#/;ba' -e '}' %s", line, file);
	report_note(d->report, "then put these lines below the `%s:` that is there", right);
}

/* Tells of sections that look like one of ours (NULL ends the list). */
static bool has_slips(struct doctor *d, const char *const ours[], enum verdict v)
{
	struct buf b = BUF_INIT(YAML_FILE_MAX);
	const char *right, *text = NULL;
	unsigned line = 0;
	bool slip = false;
	char word[32];

	if (file_read(AT_FDCWD, d->config_path, &b) == 0)
		text = b.data;
	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		line++;
		section_of(word, text);
		if (word[0] == '\0' || (right = meant(word, ours)) == NULL)
			continue;
		tell_slip(d, v, line, word, right, has_section(b.data, right));
		slip = true;
	}
	buf_free(&b);
	return slip;
}

/* A file system that is smaller than what must stay free of it takes no record,
 * ever. */
static void look_at_room(struct doctor *d)
{
	const struct node_config *c = &d->node;
	uint64_t size = (uint64_t)d->facts.room.f_blocks * d->facts.room.f_frsize;
	char all[32], set[32];

	num_show_size(all, sizeof(all), size);
	if (size > 0 && c->min_free >= size) {
		report_found(d->report, VERDICT_FAIL, "spool.min_free",
		    "%s must stay free, and the file system of the spool has %s in all: nothing is "
		    "taken",
		    num_show_size(set, sizeof(set), c->min_free), all);
		report_mend(d->report,
		    "sed -i 's/^\\([[:space:]]*min_free:[[:space:]]*\\)[^[:space:]#]*/\\1%juM/' %s",
		    (uintmax_t)(size / 10 >> 20), shell_word(d->config_path));
	} else if (size > 0 && c->max_size > size) {
		report_found(d->report, VERDICT_WARN, "spool.max_size",
		    "%s is more than the file system of the spool has (%s): with no master it "
		    "fills up, and the newest records are lost instead of the oldest",
		    num_show_size(set, sizeof(set), c->max_size), all);
		report_note(d->report, "set spool.max_size in %s below that", d->config_path);
	}
}

static void look_at_masters(struct doctor *d)
{
	static const char *const modes[] = {
		[PUSH_AUTO] = "auto", [PUSH_ALWAYS] = "always", [PUSH_NEVER] = "never"
	};
	const struct node_config *c = &d->node;
	struct report *r = d->report;

	if (c->masters.n == 0) {
		report_found(r, VERDICT_FAIL, "masters",
		    "sender.masters names none: nobody gets the records");
		report_note(r, "name one in %s: sender, masters: [HOST]", d->config_path);
	} else if (c->mode != PUSH_NEVER && strcmp(c->local, c->remote) == 0) {
		report_found(r, VERDICT_WARN, "sender.local",
		    "it is the same as sender.remote: a master on this machine listens there "
		    "itself");
	} else if (c->mode == PUSH_AUTO && c->pull_timeout < 60) {
		report_found(r, VERDICT_WARN, "sender.pull_timeout",
		    "%ju s is shorter than a master's shortest period: the node pushes between two "
		    "pulls",
		    (uintmax_t)c->pull_timeout);
	} else {
		report_found(r, VERDICT_OK, "masters", "%zu named, sender.mode is %s", c->masters.n,
		    modes[c->mode]);
	}
}

void check_config(struct doctor *d)
{
	static const char *const ours[] = { "node", "sender", "spool", NULL };
	char why[YAML_WHY_MAX];
	struct node_config c;

	if (node_config_read(d->config_path, &c, why) == -1) {
		config_is_wrong(d, why);
	} else if (node_config_name(&c, why) == -1) {
		report_found(d->report, VERDICT_FAIL, "node.name", "%s", why);
		report_mend(
		    d->report, "printf 'node:\\n  name: NAME\\n' >>%s", shell_word(d->config_path));
	} else {
		report_found(d->report, VERDICT_OK, "configuration",
		    "%s can be read; this is node %s", d->config_path, c.name);
		if (!has_slips(d, ours, c.masters.n == 0 ? VERDICT_FAIL : VERDICT_WARN)) {
			look_at_masters(d);
			look_at_room(d);
		}
	}
	node_config_free(&c);
}

void check_master_config(struct doctor *d)
{
	static const char *const ours[] = { "master", "pull", "push", "register", "archive", NULL };
	char why[YAML_WHY_MAX];
	struct master_config c;

	if (master_config_read(d->config_path, &c, why) == -1)
		config_is_wrong(d, why);
	else if (!has_slips(d, ours, VERDICT_WARN))
		report_found(d->report, VERDICT_OK, "configuration",
		    "%s can be read; this is master %s", d->config_path, c.name);
	master_config_free(&c);
}
