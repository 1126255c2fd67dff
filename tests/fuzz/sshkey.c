/* SPDX-License-Identifier: ISC */
/*
 * Public keys in text. First byte: 0 a .pub file, 2 a type and a base64 apart.
 * What is taken comes out as exactly one line of our own making.
 */
#include "common/trust/sshkey.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/keys.h"

#include "common/base/banned.h"

enum { ED25519, ECDSA, RSA, REFUSED };
static const char *const goals[] = { "ed25519", "ecdsa", "rsa", "refused", NULL };

/* The sizes that protocol.md asks for: nothing else fits. */
static void judge_size(const struct sshkey *k)
{
	static const size_t exact[] = { [SSHKEY_ED25519] = 51,
		[SSHKEY_ECDSA_256] = 104,
		[SSHKEY_ECDSA_384] = 136,
		[SSHKEY_ECDSA_521] = 172 };

	if (k->type == SSHKEY_RSA)
		require(k->len > 256 && k->len <= SSHKEY_BLOB_MAX);
	else
		require(k->len == exact[k->type]);
}

static void judge(const struct sshkey *k)
{
	char text[SSHKEY_TEXT_MAX], print[64];
	struct sshkey again;
	const char *why;

	judge_size(k);
	sshkey_format(k, text);
	require(is_key_text(text, strlen(text)));
	require(sshkey_parse_line(&again, text, strlen(text), &why) == 0);
	require(sshkey_equal(&again, k) && again.type == k->type);
	sshkey_fingerprint(k, print);
	require(strlen(print) == 50 && strncmp(print, "SHA256:", 7) == 0);
	reached(k->type == SSHKEY_ED25519 ? ED25519 : k->type == SSHKEY_RSA ? RSA : ECDSA);
}

/*
 * A line that is taken says what we say: its beginning is our text of the key.
 */
static void judge_line(const struct sshkey *k, const char *line, size_t len)
{
	char text[SSHKEY_TEXT_MAX];
	size_t n;

	sshkey_format(k, text);
	n = strlen(text);
	require(len >= n && memcmp(line, text, n) == 0);
	require(len == n || line[n] == ' ' || line[n] == '\n');
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	unsigned how = input_byte(&in);
	const char *text = (const char *)in.at, *why = NULL;
	char *type = NULL, *base64 = NULL;
	struct sshkey k;
	int rc;

	len = in.left;
	if ((how & 2) == 0) {
		rc = sshkey_parse_line(&k, text, len, &why);
		if (rc == 0)
			judge_line(&k, text, len);
	} else {
		type = input_string(&in);
		base64 = input_string(&in);
		rc = sshkey_parse(&k, type, base64, &why);
		if (rc == 0) {
			char again[SSHKEY_TEXT_MAX];
			sshkey_format(&k, again);
			require(strncmp(again, type, strlen(type)) == 0 &&
			    again[strlen(type)] == ' ' &&
			    strcmp(again + strlen(type) + 1, base64) == 0);
		}
	}
	if (rc == 0) {
		judge(&k);
	} else {
		require(why != NULL);
		reached(REFUSED);
	}
	free(type);
	free(base64);
}

const struct target target_sshkey = { "sshkey", goals, NULL, run };
