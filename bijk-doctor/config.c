/* SPDX-License-Identifier: ISC */
/* The configuration: it parses, and no section is a slip of the pen. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/file.h"
#include "common/base/text.h"

#include "common/base/banned.h"

/* The reader says of a file "FILE:LINE:COLUMN: …". */
static void config_is_wrong(struct doctor *d)
{
	const char *file = shell_word(d->config_path), *why = d->config_why;
	size_t n = strlen(d->config_path);
	char wrong[64], right[64];
	unsigned line;

	report_found(d->report, VERDICT_FAIL, "configuration", "%s", why);
	if (strncmp(why, d->config_path, n) != 0)
		n = 0;
	if (sscanf(why + n, ":%u:", &line) == 1 && strstr(why + n, ": a tab") != NULL)
		report_mend(d->report, "sed -i '%us/\\t/  /g' %s", line, file);
	else if (sscanf(why + n,
		     ":%u:%*u: unknown key `%63[a-z_]` in section `%*[a-z]`; did you mean "
		     "`%63[a-z_]`",
		     &line, wrong, right) == 3)
		report_mend(d->report, "sed -i '%us/%s/%s/' %s", line, wrong, right, file);
	report_note(d->report,
	    "as long as it stands, every program that reads it ends at once; what may stand there: "
	    "man %s",
	    d->is_master ? "bijk-master.yml" : "bijk-plugins.yml");
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

/* Tells of sections that look like one of ours (NULL ends the list): only a
 * person knows whether they are a plugin's. */
static void tell_slips(struct doctor *d, const char *const ours[])
{
	struct buf b = BUF_INIT(YAML_FILE_MAX);
	const char *right, *text = NULL;
	unsigned line = 0;
	char word[32];

	if (file_read(AT_FDCWD, d->config_path, &b) == 0)
		text = b.data;
	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		line++;
		if (sscanf(text, "%31[A-Za-z_]:", word) != 1 || text[strlen(word)] != ':' ||
		    (right = meant(word, ours)) == NULL)
			continue;
		report_found(d->report, VERDICT_WARN, "sections",
		    "`%s:` in line %u of %s counts as a plugin's: was `%s:` meant?", word, line,
		    d->config_path, right);
		report_note(d->report, "if so, put its lines below `%s:`", right);
	}
	buf_free(&b);
}

void check_config(struct doctor *d)
{
	static const char *const nodes[] = { "node", "sender", "spool", NULL };
	static const char *const masters[] = { "master", "pull", "push", "register", "archive",
		NULL };
	struct report *r = d->report;

	if (d->config_why[0] != '\0') {
		config_is_wrong(d);
		return;
	}
	report_found(r, VERDICT_OK, "configuration", "%s can be read%s%s", d->config_path,
	    d->is_master ? "" : "; this is node ", d->is_master ? "" : d->node.name);
	tell_slips(d, d->is_master ? masters : nodes);
	if (!d->is_master && d->node.masters.n == 0) {
		report_found(r, VERDICT_FAIL, "masters",
		    "sender.masters names none: nobody gets the records");
		report_note(r, "name one in %s: sender, masters: [HOST]", d->config_path);
	}
}
