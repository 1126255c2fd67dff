/* SPDX-License-Identifier: ISC */
/* The commands that the steps are. */
#include <inttypes.h>
#include <stdio.h>

#include "tests/powercut/scene.h"

#define FEW "2"
#define LINES "2000"
#define LARGE "8600000" /* bytes: with it the segment is full */

static void add(struct command *c, const char *word)
{
	c->argv[c->n++] = word;
	c->argv[c->n] = NULL;
}

static void add_path(struct command *c, const char *dir, const char *name)
{
	char *text = c->text[c->texts++];

	snprintf(text, sizeof(c->text[0]), "%s/%s", dir, name);
	add(c, text);
}

static void add_oracle(
    struct command *c, const struct scene *s, const char *count, const char *size, bool lines)
{
	char *seed = c->text[c->texts++];

	add_path(c, s->bin, "../tests/oracle/oracle");
	add(c, "put");
	if (lines)
		add(c, "-l");
	snprintf(seed, sizeof(c->text[0]), "%" PRIu64, s->seed);
	add(c, "-s");
	add(c, seed);
	if (size != NULL) {
		add(c, "-z");
		add(c, size);
	}
	add_path(c, s->dir, "journal");
	add(c, count);
	add(c, "--");
	add_path(c, s->bin, "bijk-put");
	add(c, "-f");
	add_path(c, s->dir, "plugins.yml");
	add(c, "-s");
	add(c, "test");
	if (lines)
		add(c, "-l");
}

static void add_program(struct command *c, const struct scene *s, const char *name, bool of_node)
{
	add_path(c, s->bin, name);
	add(c, "-f");
	add_path(c, s->dir, of_node ? "plugins.yml" : "master.yml");
}

void step_command(struct command *c, const struct scene *s, enum step step)
{
	*c = (struct command){ .n = 0 };
	switch (step) {
	case STEP_ONE: add_oracle(c, s, "1", NULL, false); break;
	case STEP_PUT: add_oracle(c, s, FEW, NULL, false); break;
	case STEP_BESIDE: add_oracle(c, s, "30", "700", false); break;
	case STEP_LINES: add_oracle(c, s, LINES, NULL, true); break;
	case STEP_LARGE: add_oracle(c, s, "1", LARGE, false); break;
	case STEP_PULL:
		add_program(c, s, "bijk-pull", false);
		add(c, "n1");
		break;
	case STEP_PUSH:
		add_program(c, s, "bijk-push", true);
		add(c, "--now");
		break;
	case STEP_REGISTER: add_program(c, s, "bijk-keyreg", true); break;
	case STEP_ROTATE:
		add_program(c, s, "bijk-keyreg", true);
		add(c, "--rotate");
		break;
	case STEP_ADD:
		add_program(c, s, "bijk-master", false);
		add(c, "add");
		add(c, "n2");
		add(c, "--hash");
		add_path(c, s->dir, "other_hash");
		break;
	case STEP_REMOVE:
		add_program(c, s, "bijk-master", false);
		add(c, "remove");
		add(c, "n2");
		break;
	case STEP_NONE: break;
	}
}

const char *step_name(enum step step)
{
	static const char *const names[] = { "", "bijk-put", "bijk-put", "bijk-put -l",
		"bijk-put (large)", "bijk-pull", "bijk-push", "bijk-keyreg", "bijk-keyreg --rotate",
		"bijk-master add", "bijk-master remove", "bijk-put (beside)" };

	return names[step];
}
