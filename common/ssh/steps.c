/* SPDX-License-Identifier: ISC */
/*
 * Each step has a mark in ssh's words. A step whose mark is missing ends the way, whatever a later line says:
 * the other side can print lines too.
 */
#include "common/ssh/steps.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/banned.h"

static const struct {
	const char *begins, *holds; /* of the line; "" holds in each */
	const char *text; /* the line's rest behind `begins` is added where it ends in a space */
} marks[SSH_STEPS] = {
	[SSH_STEP_NAME] = { "debug1: Connecting to ", "", "trying " },
	[SSH_STEP_TCP] = { "debug1: Connection established", "", "the port is open" },
	[SSH_STEP_BANNER] = { "debug1: Remote protocol version ", "remote software version ",
	    "sshd greets: protocol " },
	[SSH_STEP_HOSTKEY] = { "debug1: Host ", " is known and matches the ",
	    "its host key is the pinned one" },
	[SSH_STEP_KEY] = { "Authenticated to ", "", "its sshd takes the key" },
};

#define PROXY "debug1: Executing proxy "

static bool starts(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

static void describe(size_t step, const char *line, char text[SSH_STEP_TEXT])
{
	const char *words = marks[step].text;
	bool more = words[strlen(words) - 1] == ' ';

	snprintf(text, SSH_STEP_TEXT, "%s%s", words, more ? line + strlen(marks[step].begins) : "");
}

size_t ssh_steps(const char *said, char text[SSH_STEPS][SSH_STEP_TEXT])
{
	char line[512];
	bool proxied = false;
	size_t n = 0;

	while (*said != '\0') {
		size_t len = strcspn(said, "\n"), keep = len;

		if (keep >= sizeof(line))
			keep = sizeof(line) - 1;
		memcpy(line, said, keep);
		line[keep] = '\0';
		line[strcspn(line, "\r")] = '\0';
		said += len + (said[len] == '\n');
		/* The next address of the same name takes the place of the one before. */
		if (n == SSH_STEP_TCP && starts(line, marks[SSH_STEP_NAME].begins))
			n = SSH_STEP_NAME;
		/* Through a jump host: how the way to it went is for that ssh to say. */
		if (n == SSH_STEP_NAME && starts(line, PROXY)) {
			snprintf(text[n++], SSH_STEP_TEXT, "going through the %.200s",
			    line + strlen(PROXY));
			proxied = true;
		}
		if (n == SSH_STEP_TCP && proxied && starts(line, marks[SSH_STEP_BANNER].begins))
			snprintf(text[n++], SSH_STEP_TEXT, "the way through it is open");
		if (n < SSH_STEPS && starts(line, marks[n].begins) &&
		    strstr(line, marks[n].holds) != NULL) {
			describe(n, line, text[n]);
			n++;
		}
	}
	return n;
}
