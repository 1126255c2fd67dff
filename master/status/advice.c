/* SPDX-License-Identifier: ISC */
#include "master/status/advice.h"

#include <stdio.h>
#include <string.h>

#include "common/base/num.h"

#include "common/base/banned.h"

const enum status_word status_worst_first[STATUS_WORDS] = { STATUS_DAMAGED, STATUS_CLONED,
	STATUS_SILENT, STATUS_ERROR, STATUS_LATE, STATUS_BEHIND, STATUS_NEVER, STATUS_OK,
	STATUS_OFF };

int status_rank(enum status_word w)
{
	int i = 0;

	while (status_worst_first[i] != w)
		i++;
	return i;
}

static const struct {
	const char *meaning, *to_do;
} words[STATUS_WORDS] = {
	[STATUS_OK] = { "All is well.", "" },
	[STATUS_LATE] = { "Nothing was heard for more than two periods.",
	    "Wait for one more. If it becomes silent, find out whether the machine and its network "
	    "are up, and run bijk-doctor there." },
	[STATUS_SILENT] = { "Nothing was heard for more than an hour.",
	    "Find out whether the machine and its network are up. If they are, run bijk-doctor "
	    "there: it finds what stops the records, and prints the commands that fix it." },
	[STATUS_DAMAGED] = { "Records that this master keeps are damaged.",
	    "Read them with bijk-cat: it says where the damage is and what is lost, and when all "
	    "of them can be read the status is ok again. Look at the disk." },
	[STATUS_BEHIND] = { "The last session left records on the node.",
	    "The next sessions fetch them. If the backlog grows, look at the network, or shorten "
	    "the period of the node." },
	[STATUS_NEVER] = { "Nothing was ever heard.",
	    "Run bijk-keyreg on the node: it registers, or says why it cannot." },
	[STATUS_ERROR] = { "The last try failed.",
	    "bijk-master test shows each step of a pull, and bijk-doctor, run on the node, finds "
	    "what stops it and prints the commands that fix it." },
	[STATUS_CLONED] = { "Two machines use one name.",
	    "Give one of them a name and a hash of its own; until then their records "
	    "alternate." },
	[STATUS_OFF] = { "The administrator switched it off.",
	    "bijk-master set NAME mode=auto switches it on." },
};

const char *advice_meaning(enum status_word w)
{
	return words[w].meaning;
}

const char *advice_to_do(enum status_word w)
{
	return words[w].to_do;
}

static const char *ago(char span[32], int64_t then, int64_t now)
{
	return num_show_span(span, 32, now > then ? now - then : 0);
}

void advice_present(const struct status_row *r, int64_t now, char out[ADVICE_MAX])
{
	const struct node_state *st = &r->state;
	char span[32], count[RANGE_MAX];

	out[0] = '\0';
	if (r->word == STATUS_ERROR && st->failures > 1)
		snprintf(out, ADVICE_MAX, "The last %llu tries failed, the last one %s ago.",
		    (unsigned long long)st->failures, ago(span, st->failed, now));
	else if (r->word == STATUS_ERROR && st->failed != 0)
		snprintf(
		    out, ADVICE_MAX, "The last try failed %s ago.", ago(span, st->failed, now));
	else if (r->word == STATUS_SILENT || r->word == STATUS_LATE)
		snprintf(out, ADVICE_MAX, "Nothing was heard for %s.", ago(span, st->contact, now));
	else if (r->word == STATUS_BEHIND)
		snprintf(out, ADVICE_MAX, "The last session left %s there.",
		    num_show_count(count, st->left, "record"));
}

void advice_command(const struct status_row *r, char out[ADVICE_MAX], bool *there)
{
	const char *name = r->node.name;
	enum status_word w = r->word;
	bool pushes = r->node.mode == NODE_PUSH ||
	    (r->state.has_direction && r->state.direction == DIRECTION_PUSH);

	*there = false;
	out[0] = '\0';
	if (!r->readable || w == STATUS_OK || w == STATUS_CLONED)
		return;
	if (w == STATUS_DAMAGED)
		snprintf(out, ADVICE_MAX, "bijk-cat %s >/dev/null", name);
	else if (w == STATUS_OFF)
		snprintf(out, ADVICE_MAX, "bijk-master set %s mode=auto", name);
	else if (w == STATUS_NEVER)
		snprintf(out, ADVICE_MAX, "bijk-keyreg");
	else if (w == STATUS_BEHIND && !pushes)
		snprintf(out, ADVICE_MAX, "bijk-pull -v %s", name);
	else if (!pushes)
		snprintf(out, ADVICE_MAX, "bijk-master test %s", name);
	else
		snprintf(out, ADVICE_MAX, "bijk-doctor");
	*there = strcmp(out, "bijk-doctor") == 0 || strcmp(out, "bijk-keyreg") == 0;
}
