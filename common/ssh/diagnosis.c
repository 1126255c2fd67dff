/* SPDX-License-Identifier: ISC */
/*
 * ssh says what went wrong in words only; its exit code is always 255. Each
 * line is matched against one table, in order of precedence: the first row of
 * which a pattern was seen is the cause, and later ones follow from it.
 *
 * Others write there too: sshd's banner, what runs at the other side, the ssh
 * that a ProxyJump starts. So a line is our ssh's own only if it ends in CR LF,
 * as ssh's lines do, and, before the login, only if no debug output follows it:
 * what ends ssh is the last that it says.
 */
#include "common/ssh/diagnosis.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/text.h"

#include "common/base/banned.h"

/* A line of ssh's, of its debug output, or of a program at the other side. */
enum whose { OWN, DEBUG, THEIRS };

#define PATTERNS_MAX 5
#define GREETING "debug1: kex_exchange_identification: banner line "
#define CHECK_PATH "the address, the network and the firewalls between"
#define CHECK_HOSTKEY "whether it is the right machine; if so, run bijk-keyreg on the node"
#define ACCOUNT                                                                                    \
	SSH_ACCOUNT, EX_NOPERM, "sshd accepted the key and then closed the connection",            \
	    "the account there (expired, password to be changed, nologin), and ChrootDirectory "   \
	    "of its sshd"
#define NO_COMMAND                                                                                 \
	SSH_NO_COMMAND, EX_NOPERM, "the login is good, but bijk-login does not answer",            \
	    "the login shell of the account there, and ForceCommand, ChrootDirectory and "         \
	    "MaxSessions of its sshd"

/* A trouble can have several rows. One without a pattern has other signs. */
static const struct row {
	enum ssh_trouble trouble;
	int exit_code;
	const char *sentence, *check;
	struct pattern {
		const char *begins, *holds; /* of the line; "" holds in each */
		enum whose whose;
	} patterns[PATTERNS_MAX];
} rows[] = {
	{ SSH_PENALISED, EX_TEMPFAIL, "penalised: sshd refuses our address for a while",
	    "why logins from here failed there (its sshd's log); PerSourcePenaltyExemptList of its "
	    "sshd exempts an address",
	    { { GREETING, "Not allowed at this time", DEBUG } } },
	{ SSH_BUSY, EX_TEMPFAIL, "busy: too many connections to sshd are not logged in yet",
	    "MaxStartups of its sshd, if it is not over by the next try",
	    { { GREETING, "Exceeded MaxStartups", DEBUG } } },
	{ SSH_HOSTKEY_CHANGED, EX_NOPERM, "its host key has changed: it is not the pinned one",
	    CHECK_HOSTKEY,
	    { { "@", "HOST IDENTIFICATION HAS CHANGED", OWN },
		{ "Host key for ", " has changed and you have requested strict checking", OWN } } },
	{ SSH_HOSTKEY_UNKNOWN, EX_NOPERM, "the host key that it shows is not pinned", CHECK_HOSTKEY,
	    { { "No ", " host key is known for ", OWN } } },
	{ SSH_KEY_REFUSED, EX_NOPERM, "sshd refused the key",
	    "that the key is registered there, AllowUsers and DenyUsers of its sshd, the account "
	    "and its shell, and the modes of its home directory",
	    { { "", ": Permission denied (", OWN } } },
	{ ACCOUNT, { { "Password change required", "", THEIRS } } },
	/* MaxSessions 0 */
	{ NO_COMMAND, { { "channel ", ": open failed: connect failed: open failed", OWN } } },
	{ SSH_FORWARD_NOBODY, EX_TEMPFAIL, "nothing listens at the far end of the tunnel",
	    "the listener for bijk-recv there",
	    { { "channel ", ": open failed: connect failed: ", OWN } } },
	{ SSH_FORWARD_DENIED, EX_NOPERM, "sshd does not allow the tunnel",
	    "that the settings installed for its sshd are in force, above all AllowTcpForwarding, "
	    "PermitOpen and DisableForwarding",
	    { { "channel ", ": open failed: administratively prohibited", OWN } } },
	{ NO_COMMAND,
	    { { "channel 0: open failed", "", OWN }, { "", " request failed on channel ", OWN } } },
	{ SSH_PORT_TAKEN, EX_TEMPFAIL, "ssh cannot listen at our end of the tunnel",
	    "what else listens there, or set sender.local",
	    { { "bind ", ": Address already in use", OWN },
		{ "Could not request local forwarding", "", OWN } } },
	{ SSH_NAME, EX_UNAVAILABLE, "its name cannot be resolved",
	    "the name, and the resolver of this machine",
	    { { "", ": Could not resolve hostname ", OWN } } },
	{ SSH_BANNER_TIMEOUT, EX_UNAVAILABLE, "the port is open, but silent",
	    "that it is sshd that listens on this port, and that the machine is not overloaded",
	    { { "Connection timed out during banner exchange", "", OWN } } },
	{ SSH_REFUSED, EX_UNAVAILABLE, "the connection was refused",
	    "that its sshd runs and listens on this port, and the firewalls between",
	    { { "ssh: connect to host ", ": Connection refused", OWN } } },
	{ SSH_UNREACHABLE, EX_UNAVAILABLE, "there is no route to it", CHECK_PATH,
	    { { "ssh: connect to host ", ": No route to host", OWN },
		{ "ssh: connect to host ", ": Network is unreachable", OWN },
		{ "ssh: connect to host ", ": Host is down", OWN } } },
	{ SSH_TIMEOUT, EX_UNAVAILABLE, "it does not answer", CHECK_PATH,
	    { { "ssh: connect to host ", ": Connection timed out", OWN },
		{ "kex_exchange_identification: ", ": Connection timed out", OWN },
		{ "Connection to ", " timed out", OWN }, { "Timeout, server ", "", OWN } } },
	{ ACCOUNT, { { "client_loop: send disconnect: ", "", OWN } } }, /* a chroot that fails */
	{ SSH_CLOSED, EX_UNAVAILABLE, "the connection was closed before the login",
	    "that it is sshd that listens on this port, its MaxStartups, and hosts.allow and "
	    "hosts.deny there",
	    { { "kex_exchange_identification: ", "", OWN }, { "Connection closed by ", "", OWN },
		{ "Connection reset by ", "", OWN } } },
	{ NO_COMMAND, { { "debug1: Sending command: ", "", DEBUG } } },
	{ SSH_OTHER_METHOD, EX_NOPERM, "sshd requires more than a key",
	    "AuthenticationMethods and PubkeyAuthentication of its sshd", { { 0 } } },
	{ SSH_KEY_FILE, EX_IOERR, "our own key cannot be used",
	    "that the file of the key is there, and that nobody but its owner may read it",
	    { { 0 } } },
	{ SSH_PROXY, EX_UNAVAILABLE, "the connection through the jump host fails",
	    "the jump host, and what the file that ssh_config names says of it", { { 0 } } },
	{ SSH_TROUBLE_NONE, EX_UNAVAILABLE, "the connection ended", CHECK_PATH, { { 0 } } },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* What a whole text says, as far as it was read. */
struct found {
	size_t first;		   /* of the rows */
	size_t last;		   /* the same, of the lines behind the last debug output */
	char words[SSH_WORDS_MAX]; /* the last line that is no chatter */
	bool publickey;		   /* sshd would still take a key */
	bool key_file;		   /* ssh cannot use ours */
	bool accepted;		   /* sshd knows the key */
	bool proxied, greeted;	   /* ssh goes through a jump host; sshd has answered */
	bool logged_in;
};

static bool begins_with(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

static bool begins_with_any(const char *line, const char *const *words)
{
	while (*words != NULL && !begins_with(line, *words))
		words++;
	return *words != NULL;
}

static bool is_debug(const char *line)
{
	return begins_with(line, "debug") && line[5] >= '1' && line[5] <= '3' && line[6] == ':';
}

/* Copies the line at s, without its end; returns where the next one begins. */
static const char *next_ssh_line(const char *s, char *line, size_t size, bool *own)
{
	const char *next;
	size_t len = text_line(s, s + strlen(s), &next);

	*own = s[len] == '\r' && s[len + 1] == '\n';
	snprintf(line, size, "%.*s", (int)len, s);
	return next;
}

static bool pattern_matches(const struct pattern *p, const char *line)
{
	const char *held = strstr(line, p->holds);

	/* A name that begins a line is one word; sshd's words can follow it. */
	return held != NULL && begins_with(line, p->begins) &&
	    (p->begins[0] != '\0' || memchr(line, ' ', (size_t)(held - line)) == NULL);
}

/* The first row that has the line; ROWS if none does. */
static size_t find_row(const char *line, enum whose whose)
{
	for (size_t i = 0; i < ROWS; i++) {
		for (const struct pattern *p = rows[i].patterns; p->begins != NULL; p++) {
			if (p->whose == whose && pattern_matches(p, line))
				return i;
		}
	}
	return ROWS;
}

static void read_debug_line(struct found *f, const char *line)
{
	size_t i = find_row(line, DEBUG);

	if (i < f->first)
		f->first = i;
	f->accepted |= begins_with(line, "debug1: Server accepts key: ");
	f->proxied |= begins_with(line, "debug1: Executing proxy ");
	f->greeted |= begins_with(line, "debug1: Remote protocol version ");
	/* ssh goes on: what was said was not its end. */
	if (!f->logged_in) {
		f->last = ROWS;
		f->words[0] = '\0';
	}
}

/* Such a line ends a session without a reason, or repeats one. */
static bool is_farewell(const char *line)
{
	static const char *const words[] = { "Connection closed by ", "Connection reset by ",
		"stdio forwarding failed", "kex_exchange_identification: Connection closed",
		"Connection to UNKNOWN port ", NULL };

	return begins_with_any(line, words);
}

static void keep_words(struct found *f, const char *line)
{
	/* "** ": OpenSSH 10, of a key exchange that is not post-quantum. */
	static const char *const chatter[] = { "Authenticated ",
		"Transferred: ", "Bytes per second: ", "Killed by signal ", "Disconnected from ",
		"** ", NULL };

	if (line[0] != '\0' && (f->words[0] == '\0' || !is_farewell(line)) &&
	    !begins_with_any(line, chatter))
		snprintf(f->words, sizeof(f->words), "%.*s", SSH_WORDS_MAX - 1, line);
}

static void read_own_line(struct found *f, const char *line)
{
	size_t i = find_row(line, OWN);

	if (i < f->last)
		f->last = i;
	f->publickey |=
	    i < ROWS && rows[i].trouble == SSH_KEY_REFUSED && strstr(line, "publickey") != NULL;
	f->key_file |=
	    strstr(line, "UNPROTECTED PRIVATE KEY FILE") != NULL || begins_with(line, "Load key ");
	/* The ssh to a jump host can say that of itself. */
	if (begins_with(line, "Authenticated to ") && (!f->proxied || f->greeted)) {
		f->logged_in = true;
		f->last = ROWS;
		f->words[0] = '\0';
	}
}

static void read_ssh_line(struct found *f, const char *line, bool own)
{
	size_t i;

	if (is_debug(line)) {
		if (own)
			read_debug_line(f, line);
		return;
	}
	keep_words(f, line);
	if (own)
		read_own_line(f, line);
	i = f->logged_in ? find_row(line, THEIRS) : ROWS;
	if (i < f->last)
		f->last = i;
	/* Printed before anything else, and without the CR. */
	f->key_file |= begins_with(line, "Warning: Identity file ");
}

static enum ssh_trouble trouble_of(const struct found *f)
{
	size_t first = f->last < f->first ? f->last : f->first;
	enum ssh_trouble t = first < ROWS ? rows[first].trouble : SSH_TROUBLE_NONE;

	if (f->proxied && !f->greeted)
		return SSH_PROXY;
	if (t == SSH_KEY_REFUSED && f->key_file)
		return SSH_KEY_FILE;
	if (t == SSH_KEY_REFUSED && !f->publickey)
		return SSH_OTHER_METHOD;
	if (t == SSH_CLOSED && f->accepted)
		return f->logged_in ? SSH_TROUBLE_NONE : SSH_ACCOUNT;
	return t;
}

static const struct row *row_of(enum ssh_trouble t)
{
	const struct row *row = rows;

	while (row->trouble != t)
		row++;
	return row;
}

const char *ssh_sentence(enum ssh_trouble trouble)
{
	return row_of(trouble)->sentence;
}

struct ssh_verdict ssh_explain(const char *text)
{
	struct found f = { .first = ROWS, .last = ROWS };
	const struct row *row;
	struct ssh_verdict v;
	enum ssh_trouble t;
	char line[1024];
	bool own, quote;

	while (*text != '\0') {
		text = next_ssh_line(text, line, sizeof(line), &own);
		read_ssh_line(&f, line, own);
	}
	t = trouble_of(&f);
	row = row_of(t);
	v = (struct ssh_verdict){ .trouble = t,
		.check = row->check,
		.exit_code = row->exit_code,
		.transient = t == SSH_BUSY || t == SSH_PENALISED };
	quote = (t == SSH_NO_COMMAND || t == SSH_ACCOUNT || t == SSH_PROXY) && f.words[0] != '\0' &&
	    !is_farewell(f.words);
	snprintf(v.sentence, sizeof(v.sentence), "%s%s%s", row->sentence, quote ? ": " : "",
	    quote ? f.words : "");
	memcpy(v.words, f.words, sizeof(v.words));
	return v;
}

bool ssh_says_ready(const char *text)
{
	static const char ready[] = "\ndebug1: Entering interactive session";

	return begins_with(text, ready + 1) || strstr(text, ready) != NULL;
}

bool ssh_key_taken(const char *text, char *out)
{
	static const char accepts[] = "debug1: Server accepts key: ";
	const char *key = NULL, *at;

	for (at = strstr(text, accepts); at != NULL; at = strstr(at + 1, accepts))
		key = at;
	at = key != NULL ? strstr(key, " SHA256:") : NULL;
	if (at == NULL || at >= key + strcspn(key, "\n"))
		return false;
	snprintf(out, 64, "%.*s", (int)strcspn(at + 1, " \r\n"), at + 1);
	return true;
}

/* --- Steps --- */

/*
 * Each step has a mark in ssh's words. Where one is missing no further step
 * counts, whatever a later line says: the other side can print lines too.
 */
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
	[SSH_STEP_KEY] = { "Authenticated to ", "", "sshd accepts the key" },
};

#define PROXY "debug1: Executing proxy "

static void describe_step(size_t step, const char *line, char text[SSH_STEP_TEXT])
{
	const char *words = marks[step].text;
	bool more = words[strlen(words) - 1] == ' ';

	snprintf(text, SSH_STEP_TEXT, "%s%s", words, more ? line + strlen(marks[step].begins) : "");
}

size_t ssh_steps(const char *text, char steps[SSH_STEPS][SSH_STEP_TEXT])
{
	bool proxied = false, own;
	char line[512];
	size_t n = 0;

	while (*text != '\0') {
		text = next_ssh_line(text, line, sizeof(line), &own);
		/* The next address of the name replaces the one before. */
		if (n == SSH_STEP_TCP && begins_with(line, marks[SSH_STEP_NAME].begins))
			n = SSH_STEP_NAME;
		/* Only the ssh to a jump host knows how that went. */
		if (n == SSH_STEP_NAME && begins_with(line, PROXY)) {
			snprintf(steps[n++], SSH_STEP_TEXT, "going through the %.200s",
			    line + strlen(PROXY));
			proxied = true;
		}
		if (n == SSH_STEP_TCP && proxied &&
		    begins_with(line, marks[SSH_STEP_BANNER].begins))
			snprintf(steps[n++], SSH_STEP_TEXT, "the connection through it is open");
		if (n < SSH_STEPS && begins_with(line, marks[n].begins) &&
		    strstr(line, marks[n].holds) != NULL) {
			describe_step(n, line, steps[n]);
			n++;
		}
	}
	return n;
}
