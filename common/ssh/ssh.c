/* SPDX-License-Identifier: ISC */
/*
 * Nothing that ssh could take from the user, the machine or the other side is left open: every such
 * option is named, and the first -o wins over a file given with -F. What is left to that file is how to
 * get to the other side: ProxyJump, ProxyCommand, and the settings of the jump host itself.
 *
 * ssh tells what went wrong in words only; its exit code is always 255. Each line of them is held
 * against a table. Of all that match, the one that stands first in the table is the cause, and the
 * others follow from it.
 *
 * Others write there too: sshd's banner, what runs at the other side, the ssh that a ProxyJump starts. So
 * a line is our ssh's own only if it ends as ssh's lines do, in CR LF, and, before it is logged in, only if
 * no debug output of it follows: what ends ssh is the last that it says.
 */
#include "common/ssh/ssh.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/buf.h"

#include "common/base/banned.h"

/* --- The command line --- */

static const char *const fixed_options[] = {
	"IdentitiesOnly=yes", "IdentityAgent=none", "CertificateFile=none", "BatchMode=yes",
	"PreferredAuthentications=publickey", "NumberOfPasswordPrompts=0",
	"StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null", "CheckHostIP=no",
	"UpdateHostKeys=no", "VerifyHostKeyDNS=no", "CanonicalizeHostname=no",
	"PermitLocalCommand=no", "ForwardAgent=no", "ForwardX11=no", "Tunnel=no",
	"ConnectionAttempts=1", "ServerAliveInterval=15", "ServerAliveCountMax=3", "Compression=no",
	"LogLevel=DEBUG1", /* the default level hides MaxStartups and penalties */
};

static void add_option(struct argv *a, const char *text)
{
	argv_add(a, "-o");
	argv_add(a, text);
}

/* In the name of a file ssh expands %, and it splits the value of an -o at spaces outside of quotes. */
static void add_file(struct argv *a, const char *name, const char *path, const char *behind)
{
	bool quote = strpbrk(path, " \t\"'\\#") != NULL;
	struct buf b = BUF_INIT(8192);

	buf_addf(&b, "%s=%s", name, quote ? "\"" : "");
	for (const char *p = path; *p != '\0'; p++) {
		if (*p == '%')
			buf_adds(&b, "%");
		else if (quote && (*p == '"' || *p == '\\'))
			buf_adds(&b, "\\");
		buf_add(&b, p, 1);
	}
	buf_addf(&b, "%s%s", behind, quote ? "\"" : "");
	add_option(a, b.data != NULL ? b.data : "");
	a->failed |= !buf_ok(&b);
	buf_free(&b);
}

/* -i looks for the file before it expands the name, so a name with % cannot be given that way. */
static void add_identity(struct argv *a, const char *path)
{
	if (strchr(path, '%') != NULL) {
		add_file(a, "IdentityFile", path, "");
		return;
	}
	argv_add(a, "-i");
	argv_add(a, path);
}

static void add_control(struct argv *a, const struct ssh_target *t)
{
	if (t->control_dir == NULL) {
		add_option(a, "ControlMaster=no");
		add_option(a, "ControlPath=none");
		return;
	}
	add_option(a, "ControlMaster=auto");
	add_file(a, "ControlPath", t->control_dir, "/%C");
	argv_add(a, "-o");
	argv_addf(a, "ControlPersist=%" PRIu64, t->control_seconds);
}

void ssh_begin(struct argv *a, const struct ssh_target *t)
{
	argv_add(a, t->ssh);
	argv_add(a, "-F");
	argv_add(a, t->ssh_config);
	argv_add(a, "-T");
	argv_add(a, "-a");
	argv_add(a, "-x");
	argv_add(a, "-e");
	argv_add(a, "none");
	argv_add(a, "-p");
	argv_addf(a, "%u", (unsigned)t->port);
	argv_add(a, "-l");
	argv_add(a, t->user);
	for (size_t i = 0; i < sizeof(t->identity) / sizeof(t->identity[0]); i++) {
		if (t->identity[i] != NULL)
			add_identity(a, t->identity[i]);
	}
	for (size_t i = 0; i < sizeof(fixed_options) / sizeof(fixed_options[0]); i++)
		add_option(a, fixed_options[i]);
	/* A jump host is for that file to name. */
	if (strcmp(t->ssh_config, "none") == 0)
		add_option(a, "ProxyCommand=none");
	add_file(a, "UserKnownHostsFile", t->known_hosts, "");
	argv_option(a, "HostKeyAlias", t->alias);
	add_control(a, t);
	argv_add(a, "-o");
	argv_addf(a, "ConnectTimeout=%" PRIu64, t->connect_seconds);
}

void ssh_end(struct argv *a, const struct ssh_target *t, const char *command)
{
	argv_add(a, "--");
	argv_add(a, t->host);
	if (command != NULL)
		argv_add(a, command);
}

bool ssh_says_ready(const char *line)
{
	static const char ready[] = "debug1: Entering interactive session";

	return strncmp(line, ready, sizeof(ready) - 1) == 0;
}

enum whose { OWN, DEBUG, THEIRS };

static const struct pattern {
	const char *begins, *holds; /* of the line; "" holds in each */
	enum ssh_trouble trouble;
	enum whose whose; /* THEIRS: of a program at the other side, once we are logged in */
} patterns[] = {
#define GREETING "debug1: kex_exchange_identification: banner line "
	{ GREETING, "Not allowed at this time", SSH_PENALISED, DEBUG },
	{ GREETING, "Exceeded MaxStartups", SSH_BUSY, DEBUG },
	{ "@", "HOST IDENTIFICATION HAS CHANGED", SSH_HOSTKEY_CHANGED, OWN },
	{ "Host key for ", " has changed and you have requested strict checking",
	    SSH_HOSTKEY_CHANGED, OWN },
	{ "No ", " host key is known for ", SSH_HOSTKEY_UNKNOWN, OWN },
	{ "", ": Permission denied (", SSH_KEY_REFUSED, OWN },
	{ "Password change required", "", SSH_ACCOUNT, THEIRS },
	/* MaxSessions 0 */
	{ "channel ", ": open failed: connect failed: open failed", SSH_NO_COMMAND, OWN },
	{ "channel ", ": open failed: connect failed: ", SSH_FORWARD_NOBODY, OWN },
	{ "channel ", ": open failed: administratively prohibited", SSH_FORWARD_DENIED, OWN },
	{ "channel 0: open failed", "", SSH_NO_COMMAND, OWN },
	{ "bind ", ": Address already in use", SSH_PORT_TAKEN, OWN },
	{ "Could not request local forwarding", "", SSH_PORT_TAKEN, OWN },
	{ "", " request failed on channel ", SSH_NO_COMMAND, OWN },
	{ "", ": Could not resolve hostname ", SSH_NAME, OWN },
	{ "Connection timed out during banner exchange", "", SSH_BANNER_TIMEOUT, OWN },
	{ "ssh: connect to host ", ": Connection refused", SSH_REFUSED, OWN },
	{ "ssh: connect to host ", ": No route to host", SSH_UNREACHABLE, OWN },
	{ "ssh: connect to host ", ": Network is unreachable", SSH_UNREACHABLE, OWN },
	{ "ssh: connect to host ", ": Host is down", SSH_UNREACHABLE, OWN },
	{ "ssh: connect to host ", ": Connection timed out", SSH_TIMEOUT, OWN },
	{ "kex_exchange_identification: ", ": Connection timed out", SSH_TIMEOUT, OWN },
	{ "Connection to ", " timed out", SSH_TIMEOUT, OWN },
	{ "Timeout, server ", "", SSH_TIMEOUT, OWN },
	{ "kex_exchange_identification: ", "", SSH_CLOSED, OWN },
	{ "client_loop: send disconnect: ", "", SSH_ACCOUNT, OWN }, /* a chroot that fails */
	{ "Connection closed by ", "", SSH_CLOSED, OWN },
	{ "Connection reset by ", "", SSH_CLOSED, OWN },
	{ "debug1: Sending command: ", "", SSH_NO_COMMAND, DEBUG },
};
#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

#define CHECK_WAY "the address, the network and the firewalls between"
#define CHECK_HOSTKEY "whether it is the right machine; if so, run bijk-keyreg on the node"

#define VERDICT(trouble, transient, code, sentence, check)                                         \
	[trouble] = { trouble, sentence, check, code, transient }

static const struct ssh_verdict verdicts[] = {
	VERDICT(SSH_TROUBLE_NONE, false, EX_UNAVAILABLE, "the connection ended", CHECK_WAY),
	VERDICT(SSH_NAME, false, EX_UNAVAILABLE, "its name cannot be resolved",
	    "the name, and the resolver of this machine"),
	VERDICT(SSH_REFUSED, false, EX_UNAVAILABLE, "the connection was refused",
	    "that its sshd runs and listens on this port, and the firewalls between"),
	VERDICT(SSH_UNREACHABLE, false, EX_UNAVAILABLE, "there is no way to it", CHECK_WAY),
	VERDICT(SSH_TIMEOUT, false, EX_UNAVAILABLE, "it does not answer", CHECK_WAY),
	VERDICT(SSH_BANNER_TIMEOUT, false, EX_UNAVAILABLE, "the port is open, but silent",
	    "that it is sshd that listens on this port, and that the machine is not overloaded"),
	VERDICT(SSH_CLOSED, false, EX_UNAVAILABLE, "the connection was closed before the login",
	    "that it is sshd that listens on this port, its MaxStartups, and hosts.allow and "
	    "hosts.deny there"),
	VERDICT(SSH_BUSY, true, EX_TEMPFAIL,
	    "busy: too many connections to its sshd are not logged in yet",
	    "MaxStartups of its sshd, if it is not over by the next try"),
	VERDICT(SSH_PENALISED, true, EX_TEMPFAIL,
	    "penalised: its sshd refuses our address for a while",
	    "why logins from here failed there (its sshd's log); PerSourcePenaltyExemptList of its "
	    "sshd exempts an address"),
	VERDICT(SSH_HOSTKEY_UNKNOWN, false, EX_NOPERM, "the host key that it shows is not pinned",
	    CHECK_HOSTKEY),
	VERDICT(SSH_HOSTKEY_CHANGED, false, EX_NOPERM,
	    "its host key has changed: it is not the pinned one", CHECK_HOSTKEY),
	VERDICT(SSH_KEY_REFUSED, false, EX_NOPERM, "its sshd refused the key",
	    "that the key is registered there, AllowUsers and DenyUsers of its sshd, the account "
	    "and its shell, and the modes of its home directory"),
	VERDICT(SSH_OTHER_METHOD, false, EX_NOPERM, "its sshd wants more than a key",
	    "AuthenticationMethods and PubkeyAuthentication of its sshd"),
	VERDICT(SSH_KEY_FILE, false, EX_IOERR, "our own key cannot be used",
	    "that the file of the key is there, and that nobody but its owner may read it"),
	VERDICT(SSH_ACCOUNT, false, EX_NOPERM,
	    "its sshd took the key and then closed the connection",
	    "the account there (expired, password to be changed, nologin), and ChrootDirectory of "
	    "its sshd"),
	VERDICT(SSH_PROXY, false, EX_UNAVAILABLE, "the way through the jump host fails",
	    "the jump host, and what the file that ssh_config names says of it"),
	VERDICT(SSH_PORT_TAKEN, false, EX_TEMPFAIL, "ssh cannot listen at our end of the tunnel",
	    "what else listens there, or set sender.local"),
	VERDICT(SSH_FORWARD_DENIED, false, EX_NOPERM, "its sshd does not allow the tunnel",
	    "that the settings installed for its sshd are in force, above all AllowTcpForwarding, "
	    "PermitOpen and DisableForwarding"),
	VERDICT(SSH_FORWARD_NOBODY, false, EX_TEMPFAIL,
	    "nobody listens at the far end of the tunnel", "the listener for bijk-recv there"),
	VERDICT(SSH_NO_COMMAND, false, EX_NOPERM,
	    "the login is good, but bijk-login does not answer",
	    "the login shell of the account there, and ForceCommand, ChrootDirectory and "
	    "MaxSessions of its sshd"),
};

#define WORDS_MAX 256

/* What a whole text says, as far as it was read. */
struct found {
	size_t first;	       /* of the patterns */
	size_t last;	       /* the same, of the lines behind the last debug output */
	char words[WORDS_MAX]; /* the last that are nobody's chatter */
	bool publickey;	       /* sshd would still take a key */
	bool key_file;	       /* ssh has trouble with ours */
	bool accepted;	       /* sshd knows the key */
	bool proxied, greeted; /* ssh goes through a jump host; sshd has answered */
	bool logged_in;
};

static bool starts(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

static bool is_debug(const char *line)
{
	return starts(line, "debug") && line[5] >= '1' && line[5] <= '3' && line[6] == ':';
}

/* Copies the line at s, without what ends it; returns where the next one begins. */
static const char *take_line(const char *s, char *line, size_t size, bool *own)
{
	const char *end = strchrnul(s, '\n');
	size_t len = (size_t)(end - s);

	*own = *end != '\0' && len > 0 && s[len - 1] == '\r';
	if (len > 0 && s[len - 1] == '\r')
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(line, s, len);
	line[len] = '\0';
	return *end == '\0' ? end : end + 1;
}

static bool matches(const struct pattern *p, const char *line)
{
	const char *held = strstr(line, p->holds);

	/* What begins with a name of ours has it in one word; words of sshd stand in the middle of a line. */
	return held != NULL && starts(line, p->begins) &&
	    (p->begins[0] != '\0' || memchr(line, ' ', (size_t)(held - line)) == NULL);
}

static size_t match(const char *line, enum whose whose)
{
	size_t i = 0;

	while (i < PATTERNS && (patterns[i].whose != whose || !matches(&patterns[i], line)))
		i++;
	return i;
}

static void look_at_debug(struct found *f, const char *line)
{
	size_t i = match(line, DEBUG);

	if (i < f->first)
		f->first = i;
	f->accepted |= starts(line, "debug1: Server accepts key: ");
	f->proxied |= starts(line, "debug1: Executing proxy ");
	f->greeted |= starts(line, "debug1: Remote protocol version ");
	/* ssh goes on: what was said was not its end. */
	if (!f->logged_in) {
		f->last = PATTERNS;
		f->words[0] = '\0';
	}
}

/* They end it without a reason, or say what is said already. */
static bool is_farewell(const char *line)
{
	static const char *const words[] = { "Connection closed by ", "Connection reset by ",
		"stdio forwarding failed", "kex_exchange_identification: Connection closed",
		"Connection to UNKNOWN port " };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (starts(line, words[i]))
			return true;
	}
	return false;
}

static void keep_words(struct found *f, const char *line)
{
	/* "** " begins what OpenSSH 10 has to say of a key exchange that is not post-quantum. */
	static const char *const chatter[] = { "Authenticated ",
		"Transferred: ", "Bytes per second: ", "Killed by signal ", "Disconnected from ",
		"** " };

	if (line[0] == '\0' || (f->words[0] != '\0' && is_farewell(line)))
		return;
	for (size_t i = 0; i < sizeof(chatter) / sizeof(chatter[0]); i++) {
		if (starts(line, chatter[i]))
			return;
	}
	snprintf(f->words, sizeof(f->words), "%.*s", WORDS_MAX - 1, line);
}

static void look_at_own(struct found *f, const char *line)
{
	size_t i = match(line, OWN);

	if (i < f->last)
		f->last = i;
	f->publickey |= i < PATTERNS && patterns[i].trouble == SSH_KEY_REFUSED &&
	    strstr(line, "publickey") != NULL;
	f->key_file |=
	    strstr(line, "UNPROTECTED PRIVATE KEY FILE") != NULL || starts(line, "Load key ");
	/* The ssh to a jump host can say that of itself. */
	if (starts(line, "Authenticated to ") && (!f->proxied || f->greeted)) {
		f->logged_in = true;
		f->last = PATTERNS;
		f->words[0] = '\0';
	}
}

static void look(struct found *f, const char *line, bool own)
{
	if (is_debug(line)) {
		if (own)
			look_at_debug(f, line);
		return;
	}
	keep_words(f, line);
	if (own)
		look_at_own(f, line);
	if (f->logged_in && match(line, THEIRS) < f->last)
		f->last = match(line, THEIRS);
	/* Said before anything else, and without the CR. */
	f->key_file |= starts(line, "Warning: Identity file ");
}

static void read_all(struct found *f, const char *text)
{
	char line[1024];
	bool own;

	*f = (struct found){ .first = PATTERNS, .last = PATTERNS };
	while (*text != '\0') {
		text = take_line(text, line, sizeof(line), &own);
		look(f, line, own);
	}
}

static enum ssh_trouble trouble_of(const struct found *f)
{
	size_t first = f->last < f->first ? f->last : f->first;
	enum ssh_trouble t = first < PATTERNS ? patterns[first].trouble : SSH_TROUBLE_NONE;

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

struct ssh_verdict ssh_explain(const char *text)
{
	struct found f;

	read_all(&f, text);
	return verdicts[trouble_of(&f)];
}

void ssh_last_words(const char *text, char *out, size_t size)
{
	struct found f;

	read_all(&f, text);
	snprintf(out, size, "%s", f.words);
}

void ssh_sentence(const char *text, char *out, size_t size)
{
	struct found f;
	enum ssh_trouble t;
	bool quote;

	read_all(&f, text);
	t = trouble_of(&f);
	quote = (t == SSH_NO_COMMAND || t == SSH_ACCOUNT || t == SSH_PROXY) && f.words[0] != '\0' &&
	    !is_farewell(f.words);
	snprintf(
	    out, size, "%s%s%s", verdicts[t].sentence, quote ? ": " : "", quote ? f.words : "");
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
