/* SPDX-License-Identifier: ISC */
/*
 * What OpenSSH, PAM and our own programs say, what it means, and what may help.
 * The first row of which a pattern is in what was said is the cause: later ones
 * follow from it, or know less.
 */
#include "bijk-doctor/fix.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/text.h"
#include "common/ssh/diagnosis.h"

#include "common/base/banned.h"

#define DROPINS "/etc/ssh/sshd_config.d"
#define OURS DROPINS "/00-%d.conf"    /* settings for our account alone */
#define MASTERS DROPINS "/00-%u.conf" /* installed on a master */
#define RESTORE "mkdir -p " DROPINS " && cp " BIJK_PREFIX "/share/bijk/shipped" MASTERS " " MASTERS
#define RELOAD " && /usr/sbin/sshd -t -f %f && %r"
#define AS_USER "setsid -w setpriv --reuid=%u --regid=%u --init-groups "
#define NEW_SSH AS_USER "mv -T %h/.ssh %h/.ssh.old && bijk-keyreg"
#define PAM_FILE "/etc/pam.d/sshd"
/* In front of all other rules of this kind. */
#define PAM_PASS(type)                                                                             \
	"sed -i '1i " type                                                                         \
	" [success=done default=ignore] pam_succeed_if.so quiet user = %u' " PAM_FILE
/* Where there is no file: it lets in nobody else. */
#define PAM_ALONE                                                                                  \
	"[ ! -e " PAM_FILE " ] && for t in auth account session; do echo \"$t [success=done "      \
	"default=ignore] pam_succeed_if.so quiet user = %u\"; done >" PAM_FILE
#define NSSWITCH(what) "sed -i 's/^" what ":/& files/' /etc/nsswitch.conf"
/* A list inside a Match block adds to ours: the line gets a block of its own, in
 * which the account is not, and the one that it stood in goes on behind it. */
#define NOT_IN_MATCH                                                                               \
	"sed -Ei '1{x;s/.*//;x};/^[[:space:]]*Match[[:space:]]/Ih;/^[[:space:]]*%1[[:space:]=]/I"  \
	"{G;s/^(.*)\\n(.+)$/\\2 User *,!%u\\n\\1\\n\\2/;s/(Match[[:space:]]+)all User/\\1User/I;"  \
	"s/\\n$//}' $(grep -ils '^[[:space:]]*%1' %f %f.d/*.conf) && printf 'Match User "          \
	"%u\\n\\t%1 root\\nMatch all\\n' >>%f" RELOAD
#define NO_LIMITS "printf '%u -\\n' >/etc/security/limits.d/zz-%u.conf"
#define NOLOGIN(path, pattern)                                                                     \
	path, "it is there: nobody but root may log in", { pattern },                              \
	    .exists = path, .fix = { "rm " path, PAM_PASS("account") }
#define HOSTS                                                                                      \
	"{ echo 'sshd: %A'; cat /etc/hosts.allow; } >/etc/hosts.allow.new; cat "                   \
	"/etc/hosts.allow.new >/etc/hosts.allow && rm /etc/hosts.allow.new"
#define REFUSED "Access denied for user .* by PAM account"

/*
 * Patterns are extended regular expressions. In the other texts, %1 to %3 are
 * their groups, in a fix as a word of the shell. %u, %s and %h are the account,
 * its shell and home, %a and %A the peer's address, plain and for libwrap, %o
 * our address, %f sshd's file; %r has it read again.
 */
#define SAYS 4
#define FIXES 3
static const struct row {
	const char *what, *means; /* no means: that of `trouble` */
	const char *says[SAYS];	  /* one of these was said */
	const char *also;	  /* and this */
	const char *exists;	  /* and this is a file */
	const char *user;	  /* of this account alone */
	bool silent;		  /* sshd does not even greet */
	enum ssh_trouble trouble;
	const char *fix[FIXES], *note;
	const char *set[2]; /* settings of sshd, for our account alone */
	const char *last;   /* a fix behind those */
	const char *choice; /* when none of these helps */
} rows[] = {
	/* --- sshd does not start --- */
	{ "%1", "it must be there, and root's alone, or sshd does not start",
	    { "Missing privilege separation directory: (.*)$",
		"(/.*) must be owned by root and not group or world-writable" },
	    .fix = { "mkdir -p %1 && chown root:root %1 && chmod 755 %1 && %r" } },
	{ "sshd's host keys", "others than root may read them: sshd does not start",
	    { "no hostkeys available" }, .also = "Permissions [0-9]* for '.*' are too open",
	    .fix = { "chmod 600 /etc/ssh/ssh_host_*_key && %r" } },
	{ "sshd's host keys", "there are none: sshd does not start", { "no hostkeys available" },
	    .fix = { "ssh-keygen -A && %r" }, .note = "bijk-keyreg tells the masters of them" },
	{ "line %2 of %1", "sshd does not understand this Match, and does not start",
	    { "(/[^:]*):? line ([0-9]+): Bad Match condition" }, .silent = true,
	    .choice = "put the line right: without it, those below it would hold for everybody" },
	/* Not those that are deprecated, or not supported: sshd passes over them. */
	{ "line %2 of %1", "sshd cannot read it, and does not start",
	    { "(/[^:, ]*):? line ([0-9]+): ([^DU]|Di)" }, .silent = true,
	    .fix = { "sed -i '%2s/^/#/' %1" RELOAD } },
	{ "AuthenticationMethods of sshd",
	    "a method that it names is switched off: sshd does not start",
	    { "AuthenticationMethods cannot be satisfied by enabled" }, .silent = true,
	    .fix = { "sed -i '1i PubkeyAuthentication yes' %f" RELOAD },
	    .choice = "switch the method on, or take it out of AuthenticationMethods" },
	{ "account %1", "sshd needs it, finds none, and lets nobody in",
	    { "Privilege separation user (.*) does not exist" },
	    .fix = { NSSWITCH("passwd") " && %r",
		"useradd --system --no-create-home --home-dir /run/sshd --shell "
		"/usr/sbin/nologin %1 && %r" } },
	{ "ListenAddress of sshd", "%1 is no address of this machine",
	    { "Bind to port [0-9]+ on (.*) failed: Cannot assign" }, .silent = true,
	    .fix = { "sed -i '1i ListenAddress %o' %f" RELOAD } },
	{ "port %1", "another program than sshd has it",
	    { "Bind to port ([0-9]+) on .* failed: Address already in use" }, .silent = true,
	    .choice = "which program it is: ss -ltnp 'sport = :%1'" },

	/* --- sshd does not talk to everybody --- */
	{ "MaxStartups of sshd", NULL, { "drop connection #.* past (PerSource)?MaxStartups" },
	    .trouble = SSH_BUSY,
	    .fix = { "sed -i '1i MaxStartups 10:30:100' %f" RELOAD,
		"printf 'PerSourceMaxStartups none\\n' >>%f" RELOAD },
	    .choice = "raise MaxStartups and PerSourceMaxStartups of sshd" },
	{ "PerSourcePenalties of sshd", NULL,
	    { "drop connection #.* penalty: ", "Not allowed at this time" },
	    .trouble = SSH_PENALISED,
	    .fix = { "sed -i '1i PerSourcePenaltyExemptList %a' %f" RELOAD } },

	{ "hosts.allow and hosts.deny", "another program answers in the place of sshd",
	    { "twist .* to (.*)$" }, .fix = { HOSTS } },

	/* --- The account --- */
	{ "account %u", "there is none", { "Invalid user .* from " },
	    .fix = { "useradd --system --user-group --no-create-home --home-dir /var/lib/%u "
		     "--shell %s --password '*' %u && chown -R %u:%u /var/lib/%u && "
		     "chgrp bijk /etc/bijk/hash" } },
	{ "login shell of %u", "there is no %1", { "because shell (.*) does not exist" },
	    .fix = { "usermod -s %s %u" }, .choice = "install Bijk again: %s is missing" },
	{ "login shell of %u", "%1 cannot be executed", { "because shell (.*) is not executable" },
	    .fix = { "chmod 755 %s", "usermod -s %s %u" } },
	{ "expiry of %u", "the account has expired",
	    { "[Aa]ccount [^ ]* has expired($| \\(account expired)" },
	    .fix = { "usermod -e '' %u" } },
	{ "password of %u", "it must be changed at the next login, which our programs cannot do",
	    { "has expired \\(failed to change password\\)", "expired password for user ",
		"Password change required but no TTY" },
	    .fix = { "chage -d \"$(date +%%F)\" %u", "chage -M -1 -I -1 %u" } },
	{ "password of %u", "it locks the account, since UsePAM of sshd is no",
	    { "not allowed because account is locked" }, .fix = { "usermod -p '*' %u" } },
	{ NOLOGIN("/etc/nologin", "not allowed because /etc/nologin exists") },

	/* --- sshd's lists: one inside a Match is in place of that for all --- */
	{ "%1 of sshd", "it does not let in %u from %a",
	    { "not allowed because .* listed in (AllowUsers|AllowGroups)" }, .set = { "%1 *" } },
	{ "%1 of sshd", "it keeps out %u from %a",
	    { "not allowed because .*listed in (DenyUsers|DenyGroups)" }, .set = { "%1 root" },
	    .last = NOT_IN_MATCH },

	/* --- PAM, of which not every module says what it does --- */
	{ "%1", "PAM is to include it, it is not there, and nobody can log in",
	    { "unable to open config for (/etc/pam.d/common-(auth|account|password|session))" },
	    .fix = { "echo '%2 required pam_unix.so' >%1" },
	    .note = "all that belongs there comes from a copy, or from pam-auth-update --force" },
	{ "%1", "PAM is to include it, it is not there, and nobody can log in",
	    { "unable to open config for (.*)$" },
	    .choice = "put it back, or right the line of " PAM_FILE " that includes it" },
	{ PAM_FILE, "it is not there, and nobody can log in", { "PAM .*: no default config" },
	    .fix = { PAM_ALONE } },
	{ PAM_FILE, "PAM cannot read it, or what it includes: nobody can log in",
	    { "error reading PAM configuration", "PAM: initialisation failed",
		"PAM pam_end: NULL pam handle" },
	    .choice = "put right what it says there" },
	{ "pam_access", "no line of /etc/security/access.conf lets in %u from %a",
	    { "pam_access\\(.*\\): access denied for user" },
	    .fix = { "sed -i '1i + : %u : %a' /etc/security/access.conf",
		"sed -i '1i + : %u : ALL' /etc/security/access.conf", PAM_PASS("account") } },
	{ "shadow entry of %u", "PAM finds none, and keeps %u out",
	    { "could not obtain user info \\(" }, .also = REFUSED,
	    .fix = { NSSWITCH("shadow"), "pwconv", PAM_PASS("account") } },
	{ "%1 of PAM", "this module keeps %u out", { "(pam_[a-z0-9_]+)\\([^)]*:account\\): " },
	    .also = REFUSED, .fix = { PAM_PASS("account") } },
	{ NOLOGIN("/etc/nologin", REFUSED) },
	{ NOLOGIN("/run/nologin", REFUSED) },
	{ "%1 of PAM", "the module is not there, and keeps everybody out",
	    { "PAM unable to dlopen\\((.*)\\): " }, .also = REFUSED, .fix = { PAM_PASS("account") },
	    .choice = "install the module, or take its line out of /etc/pam.d" },
	{ "PAM's account rules", "one of them keeps %u out; pam_time and pam_shells say nothing",
	    { REFUSED }, .fix = { PAM_PASS("account"), PAM_ALONE },
	    .choice = "look at the account lines of " PAM_FILE " and of what they include" },
	{ "PAM's session rules", "they give %u no session",
	    { "PAM: pam_open_session\\(\\): ", "fork: Resource temporarily unavailable" },
	    .fix = { NO_LIMITS, PAM_PASS("session") },
	    .choice = "look at the session lines of " PAM_FILE ", and at /etc/security" },

	/* --- The key --- */
	{ "%2", "sshd (StrictModes) trusts nothing that others may write",
	    { "Authentication refused: bad ownership or modes for (file|directory) (/.*)$" },
	    .fix = { AS_USER "chmod go-w %2", "chown -h %u:%u %h && chmod go-w %h" },
	    .choice = "give %2 to %u, and take the right to write from all others" },
	{ "%1", "%u may not read it, or what is above it",
	    { "Could not open user .* authorized keys '(.*)': " },
	    .fix = { "chown -h %u:%u %h && chmod 750 %h",
		AS_USER "chmod u+rwX %h/.ssh %h/.ssh/authorized_keys", NEW_SSH },
	    .set = { "AuthorizedKeysFile .ssh/authorized_keys" } },
	{ "%2", "others than root can change it: sshd does not run bijk-authkeys",
	    { "Unsafe AuthorizedKeysCommand .*: bad ownership or modes for (file|directory) "
	      "(/.*)$" },
	    .fix = { "chown root %2 && chmod go-w %2" } },
	{ "%1", "sshd cannot execute it",
	    { "AuthorizedKeysCommand (/[^ ]*) .*failed, status 127",
		"Could not stat AuthorizedKeysCommand \"(.*)\": " },
	    .fix = { "chmod 755 %1" }, .choice = "install Bijk again" },
	{ "RevokedKeys of sshd", "somebody withdrew the key",
	    { "Authentication key .* revoked by file (.*)$" },
	    .choice = "take the key out of %1, or give the master another one" },
	{ "RevokedKeys of sshd", "its file cannot be read, and no key is taken",
	    { "Error checking authentication key .* in revoked keys file " },
	    .set = { "RevokedKeys /dev/null" } },
	{ "PubkeyAcceptedAlgorithms of sshd", "keys of the type ssh-ed25519 are refused",
	    { "not in PubkeyAccepted(Algorithms|KeyTypes)" },
	    .set = { "PubkeyAcceptedAlgorithms +ssh-ed25519",
		"PubkeyAcceptedKeyTypes +ssh-ed25519" } },
	{ "AuthorizedKeysFile of sshd",
	    "what stands before the key in that file does not let it in from %a",
	    { "correct key but not from a permitted host", "Refused by key options" },
	    .fix = { "bijk-keyreg" }, .set = { "AuthorizedKeysFile .ssh/authorized_keys" } },
	{ "MaxAuthTries of sshd", "it is too low for a login",
	    { "maximum authentication attempts exceeded" }, .set = { "MaxAuthTries 6" } },
	{ "AuthenticationMethods of sshd", NULL, { "Partial publickey for" },
	    .trouble = SSH_OTHER_METHOD, .set = { "AuthenticationMethods publickey" } },
	{ "HostKeyAlgorithms of sshd", "it names none of the host keys that are here",
	    { "No supported key exchange algorithms" },
	    .fix = { "sed -i '1i HostKeyAlgorithms +ssh-ed25519' %f" RELOAD,
		"sed -i '1i HostKey /etc/ssh/ssh_host_ed25519_key' %f" RELOAD },
	    .choice = "put a host key of this machine into HostKeyAlgorithms and HostKey" },
	{ "%1 of sshd", "it has none in common with the other side: %2",
	    { "no matching ([a-zA-Z ]+) found. Their offer: ([^ ]*)" },
	    .choice = "what may be added to the list of Ciphers, MACs, KexAlgorithms or "
		      "HostKeyAlgorithms of sshd is a matter of this site's policy" },
	/* A master's drop-in has all settings for its account. */
	{ "sshd's settings for %u", "they are not those of " MASTERS,
	    { "Permission denied \\(", "open failed: administratively prohibited",
		"bad ownership or modes for chroot directory", "safely_chroot: " },
	    .user = MASTER_USER,
	    .fix = { RESTORE RELOAD, "sed -i '1i Include " MASTERS "' %f" RELOAD,
		RESTORE " && sed -i '1i Include " MASTERS "' %f" RELOAD } },
	{ "%1", "it is none", { "User .* authorized keys '?(/.*[^'])'? is not a regular file" },
	    .fix = { NEW_SSH } },
	{ "AuthorizedKeysFile of sshd, its file, or the home of %u", NULL,
	    { "Permission denied \\(.*publickey" }, .trouble = SSH_KEY_REFUSED,
	    .fix = { "bijk-keyreg", "usermod -d /var/lib/%u %u", NEW_SSH },
	    .set = { "AuthorizedKeysFile .ssh/authorized_keys" } },
	{ "PubkeyAuthentication or AuthenticationMethods of sshd", NULL,
	    { "Permission denied \\(", "no authentication methods enabled" },
	    .trouble = SSH_OTHER_METHOD,
	    .set = { "PubkeyAuthentication yes", "AuthenticationMethods publickey" } },

	/* --- The session --- */
	{ "ChrootDirectory of sshd", "there is no %s in it",
	    { "bad ownership or modes for chroot directory",
		"safely_chroot: ", "Changed root directory to" },
	    .set = { "ChrootDirectory none" } },
	{ "MaxSessions of sshd", "no session is let in", { "no more sessions" },
	    .set = { "MaxSessions 10" } },
	{ "ForceCommand of sshd", "%1 is run instead of `pull`",
	    { "forced-command \\(config\\) '(.*)' for " }, .set = { "ForceCommand none" } },
	{ "%1", "it says why it ends", { "(bijk-login|bijk-authkeys)\\[[0-9]+\\]: " },
	    .choice = "see %1(8)" },
	{ "login shell of %u", NULL, { "Starting session: " }, .trouble = SSH_NO_COMMAND,
	    .fix = { "usermod -s %s %u" } },
	{ "session of %u", NULL, { "client_loop: send disconnect: ", "closed by remote host" },
	    .also = "Accepted publickey for", .trouble = SSH_ACCOUNT,
	    .fix = { NO_LIMITS, PAM_PASS("session") } },
	/* libwrap: sshd says nothing. */
	{ "hosts.allow and hosts.deny", NULL,
	    { "warning: /etc/hosts\\.(allow|deny), line ", "kex_exchange_identification: " },
	    .silent = true, .trouble = SSH_CLOSED, .fix = { HOSTS } },
	{ "routes to %a", "its packets or our answers get lost, and no packet filter says so",
	    { "connect to host .*: (Connection timed out|No route to host)" },
	    .fix = { "ip route del %a", "ip rule add priority 1 to %a lookup main",
		"ip route replace %a $(ip route show match %a | grep -v 'dev lo' | grep -o "
		"'\\(via [^ ]* \\)*dev [^ ]*' | tail -n 1)" },
	    .note = "it holds until a reboot: see also what makes that route or rule",
	    .choice = "look at what these say: ip rule; ip route get %a from %o; tc -s qdisc" },
};

/* What a pattern found, and for whom. */
struct found {
	const char *said;
	const struct route *route;
	regmatch_t at[4];
	const char *set; /* %S */
};

static bool was_said(const char *pattern, const char *said, regmatch_t at[4])
{
	regex_t e;
	bool found;

	if (regcomp(&e, pattern, REG_EXTENDED | REG_NEWLINE) != 0)
		return false;
	found = regexec(&e, said, 4, at, 0) == 0;
	regfree(&e);
	return found;
}

static bool row_holds(const struct row *row, const struct attempt *a, struct found *f)
{
	size_t i = 0;

	if ((row->user != NULL && strcmp(row->user, f->route->user) != 0) ||
	    (row->silent && a->reached > STAGE_BANNER) ||
	    (row->exists != NULL && access(row->exists, F_OK) == -1) ||
	    (row->also != NULL && !was_said(row->also, a->said, f->at)))
		return false;
	while (i < SAYS && row->says[i] != NULL && !was_said(row->says[i], a->said, f->at))
		i++;
	return i < SAYS && row->says[i] != NULL;
}

/* --- Texts --- */

/* What stands for % and this letter. */
static const char *value_of(char c, const struct found *f, bool shell)
{
	static char text[512];
	const struct route *r = f->route;
	const regmatch_t *m = &f->at[c >= '1' && c <= '3' ? c - '0' : 0];
	bool node = strcmp(r->user, NODE_USER) == 0, colon = strchr(r->peer, ':') != NULL;

	switch (c) {
	case '1':
	case '2':
	case '3':
		snprintf(text, sizeof(text), "%.*s", (int)(m->rm_eo - m->rm_so),
		    f->said + (m->rm_so != -1 ? m->rm_so : 0));
		return shell ? shell_word(text) : text;
	case 'u': return r->user;
	case 's': return node ? LOGIN_SHELL : "/usr/sbin/nologin";
	case 'd': return node ? "bijk-node" : "bijk-master-local";
	case 'h': return shell_word(r->home);
	case 'a': return r->peer;
	case 'A':
		snprintf(text, sizeof(text), "%s%s%s", colon ? "[" : "", r->peer, colon ? "]" : "");
		return text;
	case 'o': return r->ours;
	case 'f': return shell_word(r->sshd_config);
	case 'r': return r->reload;
	case 'S': return f->set;
	default: return "%";
	}
}

static void fill(char *out, size_t size, const char *text, const struct found *f, bool shell)
{
	size_t n = 0;

	for (out[0] = '\0'; *text != '\0' && n < size; text++) {
		if (*text == '%' && text[1] != '\0')
			n += (size_t)snprintf(out + n, size - n, "%s", value_of(*++text, f, shell));
		else
			n += (size_t)snprintf(out + n, size - n, "%c", *text);
	}
}

/* --- What may help --- */

static void add_fix(struct meaning *m, const struct row *row, const char *run, struct found *f)
{
	const char *note = row->note;
	char text[FIX_TEXT], why[sizeof(m->choice)];

	if (note == NULL && strstr(run, "%r") != NULL)
		note = "keep one login open while sshd is reloaded, and try another before you "
		       "close it";
	if (strstr(run, PAM_FILE) != NULL)
		note = "no rule of this kind holds for %u then, which has no password, and whose "
		       "keys run one program";
	fill(text, sizeof(text), run, f, true);
	fill(why, sizeof(why), note != NULL ? note : "", f, false);
	fix_add(&m->fixes, why, "%s", text);
}

/*
 * In a drop-in that sorts first; where none is read, at the end of sshd's file;
 * where another Match comes before it, in front of everything.
 */
static void add_settings(struct meaning *m, const struct row *row, struct found *f)
{
	static const char *const forms[] = {
		"printf 'Match User %u\\n\\t%S\\n' >>" OURS RELOAD,
		"printf 'Match User %u\\n\\t%S\\nMatch all\\n' >>%f" RELOAD,
		"mkdir -p " DROPINS " && printf 'Match User %u\\n\\t%S\\n' >>" OURS
		" && sed -i '1i Include " OURS "' %f" RELOAD,
	};
	static char set[128];

	f->set = set;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		for (size_t k = 0; k < 2 && row->set[k] != NULL; k++) {
			fill(set, sizeof(set), row->set[k], f, false);
			add_fix(m, row, forms[i], f);
		}
	}
}

/* The line in which this was said. */
static void take_words(struct meaning *m, const char *said, size_t at)
{
	while (at > 0 && said[at - 1] != '\n')
		at--;
	snprintf(m->words, sizeof(m->words), "%.*s", (int)strcspn(said + at, "\n"), said + at);
}

static void explain_row(struct meaning *m, const struct row *row, struct found *f)
{
	const char *choice = row->choice != NULL ? row->choice : "";

	if (row->choice == NULL && row->set[0] != NULL)
		choice = "a Match block of sshd's files sets it for %u: change it there";
	take_words(m, f->said, (size_t)f->at[0].rm_so);
	fill(m->what, sizeof(m->what), row->what, f, false);
	fill(m->means, sizeof(m->means),
	    row->means != NULL ? row->means : ssh_sentence(row->trouble), f, false);
	fill(m->choice, sizeof(m->choice), choice, f, false);
	for (size_t i = 0; i < FIXES && row->fix[i] != NULL; i++)
		add_fix(m, row, row->fix[i], f);
	add_settings(m, row, f);
	if (row->last != NULL)
		add_fix(m, row, row->last, f);
}

/* The last line that is no farewell. */
static void last_words(struct meaning *m, const char *said)
{
	static const char farewell[] = "^(.* )?(Connection (closed|reset) by |Disconnected from |"
				       "Received disconnect |Transferred|Closing connection|"
				       "Warning: Permanently added |Close session|session closed)";
	const char *end = said + strlen(said);
	char line[sizeof(m->words)];
	regmatch_t at[4];

	for (const char *next; said < end; said = next) {
		snprintf(line, sizeof(line), "%.*s", (int)text_line(said, end, &next), said);
		if (!was_said(farewell, line, at))
			memcpy(m->words, line, sizeof(line));
	}
}

bool meaning_find(struct meaning *m, const struct attempt *a, const struct route *r)
{
	struct found f = { .said = a->said, .route = r };

	*m = (struct meaning){ .words = "" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (row_holds(&rows[i], a, &f)) {
			explain_row(m, &rows[i], &f);
			return true;
		}
	}
	last_words(m, a->said);
	return false;
}
