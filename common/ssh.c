/* SPDX-License-Identifier: ISC */
/*
 * Nothing that ssh could take from the user, the machine or the other side is left open: every such
 * option is named, and the first -o wins over a file given with -F.
 *
 * ssh tells what went wrong in words only; its exit code is always 255. Each line of them is held
 * against a table. Of all that match, the one that stands first in the table is the cause, and the
 * others follow from it.
 */
#include "common/ssh.h"

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
	"UpdateHostKeys=no", "VerifyHostKeyDNS=no", "CanonicalizeHostname=no", "ProxyCommand=none",
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

static const struct {
	const char *text;
	enum ssh_trouble trouble;
	bool debug; /* in a line of debug output; else in one that is none */
} patterns[] = {
	{ "Not allowed at this time", SSH_PENALISED, true },
	{ "Exceeded MaxStartups", SSH_BUSY, true },
	{ "HOST IDENTIFICATION HAS CHANGED", SSH_HOSTKEY_CHANGED, false },
	{ " has changed and you have requested strict checking", SSH_HOSTKEY_CHANGED, false },
	{ " host key is known for ", SSH_HOSTKEY_UNKNOWN, false },
	{ "Permission denied (", SSH_KEY_REFUSED, false },
	{ "account has expired", SSH_ACCOUNT, false },
	{ "Password change required", SSH_ACCOUNT, false },
	{ "open failed: connect failed: open failed", SSH_NO_COMMAND, false }, /* MaxSessions 0 */
	{ "open failed: connect failed: ", SSH_FORWARD_NOBODY, false },
	{ "administratively prohibited", SSH_FORWARD_DENIED, false },
	{ "channel 0: open failed", SSH_NO_COMMAND, false },
	{ ": Address already in use", SSH_PORT_TAKEN, false },
	{ "Could not request local forwarding", SSH_PORT_TAKEN, false },
	{ " request failed on channel ", SSH_NO_COMMAND, false },
	{ "allows sftp connections only", SSH_NO_COMMAND, false },
	{ "Could not resolve hostname", SSH_NAME, false },
	{ "timed out during banner exchange", SSH_BANNER_TIMEOUT, false },
	{ ": Connection refused", SSH_REFUSED, false },
	{ ": No route to host", SSH_UNREACHABLE, false },
	{ ": Network is unreachable", SSH_UNREACHABLE, false },
	{ ": Host is down", SSH_UNREACHABLE, false },
	{ "Connection timed out", SSH_TIMEOUT, false },
	{ "Timeout, server ", SSH_TIMEOUT, false },
	{ "kex_exchange_identification: ", SSH_CLOSED, false },
	{ "client_loop: send disconnect: ", SSH_ACCOUNT, false }, /* a chroot that fails */
	{ "Connection closed by ", SSH_CLOSED, false },
	{ "Connection reset by ", SSH_CLOSED, false },
	{ "Sending command: ", SSH_NO_COMMAND, true },
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

/* What a whole text says. */
struct found {
	size_t first;	/* of the patterns */
	bool publickey; /* sshd would still take a key */
	bool key_file;	/* ssh has trouble with ours */
	bool accepted;	/* sshd knows the key */
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
static const char *take_line(const char *s, char *line, size_t size)
{
	const char *end = strchrnul(s, '\n');
	size_t len = (size_t)(end - s);

	if (len > 0 && s[len - 1] == '\r')
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(line, s, len);
	line[len] = '\0';
	return *end == '\0' ? end : end + 1;
}

static void look(struct found *f, const char *line)
{
	bool debug = is_debug(line);

	for (size_t i = 0; i < f->first; i++) {
		if (patterns[i].debug == debug && strstr(line, patterns[i].text) != NULL)
			f->first = i;
	}
	if (debug) {
		f->accepted |= strstr(line, "Server accepts key: ") != NULL;
		return;
	}
	f->logged_in |= starts(line, "Authenticated to ");
	f->publickey |=
	    strstr(line, "Permission denied (") != NULL && strstr(line, "publickey") != NULL;
	f->key_file |= strstr(line, "UNPROTECTED PRIVATE KEY FILE") != NULL ||
	    starts(line, "Load key ") || starts(line, "Warning: Identity file ");
}

struct ssh_verdict ssh_explain(const char *text)
{
	struct found f = { .first = PATTERNS };
	enum ssh_trouble t = SSH_TROUBLE_NONE;
	char line[1024];

	while (*text != '\0') {
		text = take_line(text, line, sizeof(line));
		look(&f, line);
	}
	if (f.first < PATTERNS)
		t = patterns[f.first].trouble;
	if (t == SSH_KEY_REFUSED && f.key_file)
		t = SSH_KEY_FILE;
	else if (t == SSH_KEY_REFUSED && !f.publickey)
		t = SSH_OTHER_METHOD;
	else if (t == SSH_CLOSED && f.accepted)
		t = f.logged_in ? SSH_TROUBLE_NONE : SSH_ACCOUNT;
	return verdicts[t];
}

void ssh_last_words(const char *text, char *out, size_t size)
{
	static const char *const chatter[] = { "Authenticated ",
		"Transferred: ", "Bytes per second: ", "Killed by signal " };
	char line[1024];

	out[0] = '\0';
	while (*text != '\0') {
		bool words;
		text = take_line(text, line, sizeof(line));
		words = line[0] != '\0' && !is_debug(line);
		for (size_t i = 0; i < sizeof(chatter) / sizeof(chatter[0]); i++)
			words = words && !starts(line, chatter[i]);
		if (words)
			snprintf(out, size, "%s", line);
	}
}
