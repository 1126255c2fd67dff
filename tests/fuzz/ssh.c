/* SPDX-License-Identifier: ISC */
/*
 * What ssh prints, a part of which a strange server chose; and what `sshd -T`
 * prints. First byte: bit 0 the latter.
 */
#include "common/ssh/diagnosis.h"

#include <stdlib.h>
#include <string.h>

#include "common/ssh/sshd.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { KNOWN, UNKNOWN, PORT };
static const char *const goals[] = { "a known trouble", "none", "a port", NULL };

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	unsigned how = input_byte(&in);
	char *text = input_string(&in);
	struct ssh_verdict v;

	if ((how & 1) != 0) {
		if (sshd_port_in(text) != 0)
			reached(PORT);
		free(text);
		return;
	}
	v = ssh_explain(text);
	require(v.trouble >= SSH_TROUBLE_NONE && v.trouble <= SSH_NO_COMMAND);
	if (v.trouble != SSH_TROUBLE_NONE)
		require(v.sentence[0] != '\0' && v.exit_code != 0);
	require(memchr(v.words, '\0', sizeof(v.words)) != NULL && strchr(v.words, '\n') == NULL);
	require(
	    v.words[0] == '\0' || strstr(text, "debug1: ") != text || strchr(text, '\n') != NULL);
	require(strchr(v.sentence, '\n') == NULL);
	ssh_says_ready(text);
	reached(v.trouble != SSH_TROUBLE_NONE ? KNOWN : UNKNOWN);
	free(text);
}

const struct target target_ssh = { "ssh", goals, NULL, run };
