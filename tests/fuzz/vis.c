/* SPDX-License-Identifier: ISC */
/*
 * Text from outside, made visible. First two bytes: the room for it. It is
 * printable, it fits, and where nothing was left out the original can be told
 * from it.
 */
#include "common/base/text.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { WHOLE, LEFT_OUT };
static const char *const goals[] = { "whole", "left out", NULL };

/* Does `shown` mean just these bytes? */
static bool means(const char *shown, const uint8_t *data, size_t len)
{
	static const char letters[] = "nrt\\", bytes[] = "\n\r\t\\";

	for (size_t i = 0; i < len; i++) {
		const char *letter;
		uint8_t b = (uint8_t)*shown++;

		if (b == '\\' && *shown == 'x') {
			char hex[3] = { shown[1], shown[1] != '\0' ? shown[2] : '\0', '\0' };
			if (!hex_decode(&b, 1, hex))
				return false;
			shown += 3;
		} else if (b == '\\') {
			letter = *shown != '\0' ? strchr(letters, *shown++) : NULL;
			if (letter == NULL)
				return false;
			b = (uint8_t)bytes[letter - letters];
		}
		if (b != data[i])
			return false;
	}
	return *shown == '\0';
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	size_t size = input_u16(&in) % 4096 + 8, n;
	char *shown = malloc(size), *text;
	bool whole;

	require(shown != NULL);
	n = vis(shown, size, in.at, in.left);
	require(n < size && strlen(shown) == n && is_printable(shown, n));
	whole = means(shown, in.at, in.left);
	require(whole || (n >= 3 && strcmp(shown + n - 3, "...") == 0 && size - n < 8));
	require(!whole || n >= in.left);
	/* With room for the longest form nothing is left out. */
	require(whole || size < 4 * in.left + 4);
	reached(whole ? WHOLE : LEFT_OUT);
	free(shown);
	text = input_string(&in);
	n = strlen(vis_str(text));
	require(n < 512 && is_printable(vis_str(text), n));
	/* The harness looks at what comes of these. */
	msg_error("from outside: %s", text);
	msg_peer("from outside: %s", text);
	free(text);
}

const struct target target_vis = { "vis", goals, NULL, run };
