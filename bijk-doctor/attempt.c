/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/attempt.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/ssh/diagnosis.h"

#include "common/base/banned.h"

void attempt_say(struct attempt *a, const char *line, size_t len)
{
	size_t used = strlen(a->said);
	char seen[1024];

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	vis(seen, sizeof(seen), line, len);
	if (len > 0 && used + strlen(seen) + 2 < sizeof(a->said))
		snprintf(a->said + used, sizeof(a->said) - used, "%s\n", seen);
}

void attempt_say_file(struct attempt *a, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[1024];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		attempt_say(a, line, strlen(line));
	if (f != NULL)
		fclose(f);
}

void attempt_say_ssh(struct attempt *a, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (strncmp(text, "debug", 5) != 0 && strncmp(text, "OpenSSH_", 8) != 0)
			attempt_say(a, text, n);
		text += n + (text[n] == '\n');
	}
}

enum stage attempt_stage(const char *text)
{
	static char steps[SSH_STEPS][SSH_STEP_TEXT];
	size_t n = ssh_steps(text, steps);

	if (n > SSH_STEP_KEY)
		return STAGE_SESSION;
	if (n > SSH_STEP_BANNER)
		return STAGE_LOGIN;
	return n > SSH_STEP_TCP ? STAGE_BANNER : STAGE_CONNECT;
}
