/* SPDX-License-Identifier: ISC */
/* What bijk-doctor makes of what sshd 9.2, PAM, ssh and our programs said, as
 * each of them really said it. */
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/fix.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define CLOSED "Connection closed by invalid user bijk 192.0.2.10 port 39769 [preauth]\n"
#define FAILED "Failed publickey for bijk from 192.0.2.10 port 33191 ssh2: ED25519 SHA256:3gFay\n"
#define ACCEPTED                                                                                   \
	"Accepted publickey for bijk from 192.0.2.10 port 45167 ssh2: ED25519 SHA256:hXg\n"        \
	"User child is on pid 103\n"
#define PAM FAILED "Access denied for user bijk by PAM account configuration [preauth]\n"
#define DENIED "bijk@192.0.2.20: Permission denied (publickey,password).\n"
#define DROPIN(set)                                                                                \
	"printf 'Match User bijk\\n\\t" set "\\n' >>/etc/ssh/sshd_config.d/00-bijk-node.conf && "  \
	"/usr/sbin/sshd -t -f /etc/ssh/sshd_config && reload"
#define PASS "sed -i '1i account [success=done default=ignore] pam_succeed_if.so quiet user = bijk'"

static const struct {
	const char *said;
	enum stage reached;
	const char *what, *words; /* words: the beginning */
	const char *fix;	  /* the first, its beginning; "": none, but a choice */
} told[] = {
	{ "Missing privilege separation directory: /run/sshd\n", STAGE_START, "/run/sshd",
	    "Missing", "mkdir -p /run/sshd && chown root:root /run/sshd" },
	{ "/run/sshd must be owned by root and not group or world-writable.\n", STAGE_START,
	    "/run/sshd", "/run/sshd must", "mkdir -p /run/sshd && chown root:root /run/sshd" },
	{ "sshd: no hostkeys available -- exiting.\n", STAGE_START, "sshd's host keys", "sshd: no",
	    "ssh-keygen -A && reload" },
	{ "Permissions 0644 for '/etc/ssh/ssh_host_rsa_key' are too open.\n"
	  "sshd: no hostkeys available -- exiting.\n",
	    STAGE_START, "sshd's host keys", "sshd: no", "chmod 600 /etc/ssh/ssh_host_*_key" },
	{ "/etc/ssh/sshd_config line 12: Deprecated option UsePrivilegeSeparation\n"
	  "/etc/ssh/sshd_config: line 123: Bad configuration option: Foo\n"
	  "/etc/ssh/sshd_config: terminating, 1 bad configuration options\n",
	    STAGE_START, "line 123 of /etc/ssh/sshd_config", "/etc/ssh/sshd_config: line 123",
	    "sed -i '123s/^/#/' /etc/ssh/sshd_config && /usr/sbin/sshd -t" },
	{ "/etc/ssh/sshd_config.d/a.conf line 1: unsupported option \"maybe\".\n", STAGE_START,
	    "line 1 of /etc/ssh/sshd_config.d/a.conf", "/etc/ssh/sshd_config.d/a.conf line 1",
	    "sed -i '1s/^/#/' /etc/ssh/sshd_config.d/a.conf && " },
	{ "/etc/ssh/sshd_config line 124: Directive 'Port' is not allowed within a Match block\n",
	    STAGE_START, "line 124 of /etc/ssh/sshd_config", "/etc/ssh/sshd_config line 124",
	    "sed -i '124s" },
	{ "Unsupported Match attribute Nonsense\n"
	  "/etc/ssh/sshd_config line 123: Bad Match condition\n",
	    STAGE_START, "line 123 of /etc/ssh/sshd_config", "/etc/ssh/sshd_config line 123", "" },
	{ "Bind to port 22 on 192.0.2.77 failed: Cannot assign requested address.\n"
	  "Cannot bind any address.\n",
	    STAGE_START, "ListenAddress of sshd", "Bind to port 22",
	    "sed -i '1i ListenAddress 192.0.2.20' /etc/ssh/sshd_config" },
	{ "beginning MaxStartups throttling\n"
	  "drop connection #0 from [192.0.2.10]:39043 on [192.0.2.20]:22 past MaxStartups\n"
	  "kex_exchange_identification: Connection closed by remote host\n",
	    STAGE_BANNER, "MaxStartups of sshd", "drop connection", "sed -i '1i MaxStartups 10" },
	{ "kex_exchange_identification: read: Connection reset by peer\n"
	  "Connection reset by 192.0.2.20 port 22\n",
	    STAGE_BANNER, "hosts.allow and hosts.deny", "kex_exchange_identification",
	    "{ echo 'sshd: 192.0.2.10'; cat /etc/hosts.allow; } >/etc/hosts.allow.new; cat " },
	{ "sshd: warning: /etc/hosts.deny, line 0: missing newline or line too long\n"
	  "kex_exchange_identification: read: Connection reset by peer\n",
	    STAGE_BANNER, "hosts.allow and hosts.deny", "sshd: warning: /etc/hosts.deny",
	    "{ echo 'sshd: 192.0.2.10'; " },
	{ "Invalid user bijk from 192.0.2.10 port 53089\n" CLOSED DENIED, STAGE_LOGIN,
	    "account bijk", "Invalid user", "useradd --system " },
	{ "User bijk not allowed because shell /bin/nosuch does not exist\n" CLOSED, STAGE_LOGIN,
	    "login shell of bijk", "User bijk", "usermod -s " BIJK_PREFIX "/sbin/bijk-login bijk" },
	{ "User bijk not allowed because shell /usr/sbin/bijk-login is not executable\n" CLOSED,
	    STAGE_LOGIN, "login shell of bijk", "User bijk",
	    "chmod 755 " BIJK_PREFIX "/sbin/bijk-login" },
	{ "Account bijk has expired\nUser bijk not allowed because account is locked\n" CLOSED,
	    STAGE_LOGIN, "expiry of bijk", "Account bijk", "usermod -e '' bijk" },
	{ PAM "sshd: pam_unix(sshd:account): account bijk has expired (account expired)\n",
	    STAGE_LOGIN, "expiry of bijk", "sshd: pam_unix", "usermod -e '' bijk" },
	{ PAM "sshd: pam_unix(sshd:account): account bijk has expired (failed to change "
	      "password)\n",
	    STAGE_LOGIN, "password of bijk", "sshd: pam_unix", "chage -d \"$(date +%F)\" bijk" },
	{ ACCEPTED "sshd: pam_unix(sshd:account): expired password for user bijk (root enforced)\n"
		   "Password change required but no TTY available.\n",
	    STAGE_SESSION, "password of bijk", "sshd: pam_unix", "chage -d " },
	{ "User bijk not allowed because account is locked\n" CLOSED, STAGE_LOGIN,
	    "password of bijk", "User bijk", "usermod -p '*' bijk" },
	{ "User bijk from 192.0.2.10 not allowed because not listed in AllowUsers\n" CLOSED DENIED,
	    STAGE_LOGIN, "AllowUsers of sshd", "User bijk", DROPIN("AllowUsers *") },
	{ "User bijk from 192.0.2.10 not allowed because none of user's groups are listed in "
	  "AllowGroups\n" CLOSED DENIED,
	    STAGE_LOGIN, "AllowGroups of sshd", "User bijk", DROPIN("AllowGroups *") },
	{ "User bijk from 192.0.2.10 not allowed because listed in DenyUsers\n" CLOSED DENIED,
	    STAGE_LOGIN, "DenyUsers of sshd", "User bijk", DROPIN("DenyUsers root") },
	{ "User bijk from 192.0.2.10 not allowed because a group is listed in DenyGroups\n" CLOSED,
	    STAGE_LOGIN, "DenyGroups of sshd", "User bijk", DROPIN("DenyGroups root") },
	{ PAM "sshd: pam_access(sshd:account): access denied for user `bijk' from `192.0.2.10'\n",
	    STAGE_LOGIN, "pam_access", "sshd: pam_access",
	    "sed -i '1i + : bijk : 192.0.2.10' /etc/security/access.conf" },
	{ PAM "sshd: pam_listfile(sshd:account): Refused user bijk for service sshd\n", STAGE_LOGIN,
	    "pam_listfile of PAM", "sshd: pam_listfile", PASS },
	{ ACCEPTED "PAM: pam_open_session(): Permission denied\n", STAGE_SESSION,
	    "PAM's session rules", "PAM: pam_open",
	    "printf 'bijk -\\n' >/etc/security/limits.d/zz-bijk.conf" },
	{ "Authentication refused: bad ownership or modes for directory /var/lib/bijk/.ssh\n" FAILED
		DENIED,
	    STAGE_LOGIN, "/var/lib/bijk/.ssh", "Authentication refused",
	    "setsid -w setpriv --reuid=bijk --regid=bijk --init-groups chmod go-w "
	    "/var/lib/bijk/.ssh" },
	{ "Could not open user 'bijk' authorized keys '/var/lib/bijk/.ssh/authorized_keys': "
	  "Permission denied\n"
	  "Could not open user 'bijk' authorized keys '/var/lib/bijk/.ssh/authorized_keys2': "
	  "Permission denied\n" FAILED,
	    STAGE_LOGIN, "/var/lib/bijk/.ssh/authorized_keys", "Could not open",
	    "chown -h bijk:bijk /var/lib/bijk" },
	{ "User 'bijk' authorized keys '/var/lib/bijk/.ssh/authorized_keys' is not a regular "
	  "file\n" FAILED,
	    STAGE_LOGIN, "/var/lib/bijk/.ssh/authorized_keys", "User 'bijk'",
	    "setsid -w setpriv --reuid=bijk --regid=bijk --init-groups mv -T " },
	{ "Authentication key ED25519 SHA256:AQt revoked by file /etc/ssh/revoked\n" FAILED,
	    STAGE_LOGIN, "RevokedKeys of sshd", "Authentication key", "" },
	{ "Error checking authentication key ED25519 SHA256:tN in revoked keys file /nosuch: No "
	  "such file or directory\n" FAILED,
	    STAGE_LOGIN, "RevokedKeys of sshd", "Error checking", DROPIN("RevokedKeys /dev/null") },
	{ "userauth_pubkey: signature algorithm ssh-ed25519 not in PubkeyAcceptedAlgorithms "
	  "[preauth]\n" DENIED,
	    STAGE_LOGIN, "PubkeyAcceptedAlgorithms of sshd", "userauth_pubkey",
	    DROPIN("PubkeyAcceptedAlgorithms +ssh-ed25519") },
	{ "Partial publickey for bijk from 192.0.2.10 port 57335 ssh2: ED25519 SHA256:yV5\n"
	  "bijk@192.0.2.20: Permission denied (password).\n",
	    STAGE_LOGIN, "AuthenticationMethods of sshd", "Partial",
	    DROPIN("AuthenticationMethods publickey") },
	{ "bijk@192.0.2.20: Permission denied (password).\n", STAGE_LOGIN,
	    "PubkeyAuthentication or AuthenticationMethods of sshd", "bijk@",
	    DROPIN("PubkeyAuthentication yes") },
	{ FAILED DENIED, STAGE_LOGIN, "AuthorizedKeysFile of sshd, its file, or the home of bijk",
	    "bijk@", "bijk-keyreg" },
	{ ACCEPTED "bad ownership or modes for chroot directory \"/tmp\"\n"
		   "client_loop: send disconnect: Broken pipe\n",
	    STAGE_SESSION, "ChrootDirectory of sshd", "bad ownership",
	    DROPIN("ChrootDirectory none") },
	{ ACCEPTED
	    "Changed root directory to \"/srv\"\n"
	    "Starting session: command for bijk from 192.0.2.10 port 41227 id 0\n" BIJK_PREFIX
	    "/sbin/bijk-login: No such file or directory\n",
	    STAGE_SESSION, "ChrootDirectory of sshd", "Changed", DROPIN("ChrootDirectory none") },
	{ "Unable to negotiate with 192.0.2.20 port 22: no matching cipher found. Their offer: "
	  "aes128-cbc\n",
	    STAGE_BANNER, "cipher of sshd", "Unable to negotiate", "" },
	{ "No supported key exchange algorithms [preauth]\n", STAGE_BANNER,
	    "HostKeyAlgorithms of sshd", "No supported",
	    "sed -i '1i HostKeyAlgorithms +ssh-ed25519' /etc/ssh/sshd_config" },
	{ "sshd: PAM error reading PAM configuration file\n"
	  "sshd: PAM pam_end: NULL pam handle passed\n",
	    STAGE_LOGIN, "/etc/pam.d/sshd", "sshd: PAM error", "" },
	{ "PAM: initialisation failed\n"
	  "sshd: PAM _pam_load_conf_file: unable to open config for /etc/pam.d/common-session\n"
	  "sshd: PAM error reading PAM configuration file\n",
	    STAGE_LOGIN, "/etc/pam.d/common-session", "sshd: PAM _pam_load",
	    "echo 'session required pam_unix.so' >/etc/pam.d/common-session" },
	{ "sshd: PAM _pam_load_conf_file: unable to open config for /etc/pam.d/acount\n"
	  "sshd: PAM error reading PAM configuration file\n",
	    STAGE_LOGIN, "/etc/pam.d/acount", "sshd: PAM _pam_load", "" },
	{ "sshd: PAM _pam_init_handlers: no default config other\n"
	  "sshd: PAM error reading PAM configuration file\n",
	    STAGE_LOGIN, "/etc/pam.d/sshd", "sshd: PAM _pam_init",
	    "[ ! -e /etc/pam.d/sshd ] && for t in auth account session; do " },
	{ PAM "unix_chkpwd[34]: could not obtain user info (bijk)\n", STAGE_LOGIN,
	    "shadow entry of bijk", "unix_chkpwd", "sed -i 's/^shadow:/& files/' " },
	{ "Privilege separation user sshd does not exist\n", STAGE_START, "account sshd",
	    "Privilege", "sed -i 's/^passwd:/& files/' /etc/nsswitch.conf && reload" },
	{ "sshd: twist 192.0.2.10 to /bin/echo SSH-2.0-other\n", STAGE_LOGIN,
	    "hosts.allow and hosts.deny", "sshd: twist", "{ echo 'sshd: 192.0.2.10'" },
	{ "ssh: connect to host 192.0.2.20 port 22: Connection timed out\n", STAGE_CONNECT,
	    "routes to 192.0.2.10", "ssh: connect", "ip route del 192.0.2.10" },
	{ ACCEPTED "no more sessions\nchannel 0: open failed: connect failed: open failed\n",
	    STAGE_SESSION, "MaxSessions of sshd", "no more", DROPIN("MaxSessions 10") },
	{ ACCEPTED "Starting session: forced-command (config) '/bin/false' for bijk from "
		   "192.0.2.10 port 45167 id 0\n"
		   "bijk-login[34]: refused: /bin/false\n",
	    STAGE_SESSION, "ForceCommand of sshd", "Starting", DROPIN("ForceCommand none") },
	{ ACCEPTED "Starting session: forced-command (key-option) 'pull' for bijk from 192.0.2.10 "
		   "port 45167 id 0\n",
	    STAGE_ANSWER, "login shell of bijk", "Starting",
	    "usermod -s " BIJK_PREFIX "/sbin/bijk-login bijk" },
	{ ACCEPTED "Starting session: forced-command (key-option) 'pull' for bijk from 192.0.2.10 "
		   "port 45167 id 0\nbijk-login[77]: /etc/bijk/plugins.yml:6:1: a tab\n",
	    STAGE_SESSION, "bijk-login", "bijk-login[77]: /etc", "" },
};

static const struct route node = { .user = "bijk",
	.peer = "192.0.2.10",
	.ours = "192.0.2.20",
	.port = 22,
	.home = "/var/lib/bijk",
	.sshd_config = "/etc/ssh/sshd_config",
	.reload = "reload" };

static struct attempt a;
static struct meaning m;

static bool find(const char *said, enum stage reached, const struct route *r)
{
	a.reached = reached;
	snprintf(a.said, sizeof(a.said), "%s", said);
	return meaning_find(&m, &a, r);
}

static bool begins(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

START_TEST(known)
{
	ck_assert(find(told[_i].said, told[_i].reached, &node));
	ck_assert_str_eq(m.what, told[_i].what);
	ck_assert_msg(begins(m.words, told[_i].words), "%s", m.words);
	ck_assert_ptr_null(strchr(m.words, '\n'));
	ck_assert(m.means[0] != '\0');
	if (told[_i].fix[0] != '\0') {
		ck_assert_uint_ge(m.fixes.n, 1);
		ck_assert_msg(begins(m.fixes.v[0].run, told[_i].fix), "%s", m.fixes.v[0].run);
	} else {
		ck_assert_uint_eq(m.fixes.n, 0);
		ck_assert(m.choice[0] != '\0');
	}
}
END_TEST

START_TEST(forms)
{
	static const struct route other = { .user = "bijk-master",
		.peer = "2001:db8::10",
		.home = "/var/lib/bijk-master",
		.sshd_config = "/etc/ssh/it's",
		.reload = "again" };

	ck_assert(find("User bijk-master from 2001:db8::10 not allowed because not listed in "
		       "AllowUsers\n",
	    STAGE_LOGIN, &other));
	ck_assert_uint_eq(m.fixes.n, 3);
	ck_assert_str_eq(m.means, "it does not let in bijk-master from 2001:db8::10");
	ck_assert_str_eq(m.fixes.v[0].run,
	    "printf 'Match User bijk-master\\n\\tAllowUsers *\\n' "
	    ">>/etc/ssh/sshd_config.d/00-bijk-master-local.conf && "
	    "/usr/sbin/sshd -t -f '/etc/ssh/it'\\''s' && again");
	ck_assert_str_eq(m.fixes.v[1].run,
	    "printf 'Match User bijk-master\\n\\tAllowUsers *\\nMatch all\\n' "
	    ">>'/etc/ssh/it'\\''s' && /usr/sbin/sshd -t -f '/etc/ssh/it'\\''s' && again");
	ck_assert_str_eq(m.fixes.v[2].run,
	    "mkdir -p /etc/ssh/sshd_config.d && printf 'Match User bijk-master\\n\\tAllowUsers "
	    "*\\n' >>/etc/ssh/sshd_config.d/00-bijk-master-local.conf && sed -i '1i Include "
	    "/etc/ssh/sshd_config.d/00-bijk-master-local.conf' '/etc/ssh/it'\\''s' && "
	    "/usr/sbin/sshd -t -f '/etc/ssh/it'\\''s' && again");
	ck_assert(begins(m.fixes.v[0].note, "keep one login open"));
	ck_assert(find(
	    "kex_exchange_identification: read: Connection reset by peer\n", STAGE_BANNER, &other));
	ck_assert(begins(m.fixes.v[0].run, "{ echo 'sshd: [2001:db8::10]'; "));
	/* What is named by another program is one word. */
	ck_assert(find("Unsafe AuthorizedKeysCommand \"/usr/sbin/a b\": bad ownership or modes for "
		       "file /usr/sbin/a b\n",
	    STAGE_LOGIN, &other));
	ck_assert_str_eq(
	    m.fixes.v[0].run, "chown root '/usr/sbin/a b' && chmod go-w '/usr/sbin/a b'");
}
END_TEST

/* Its drop-in has all that its account needs. */
START_TEST(master)
{
	static const char said[] = "refused local port forward: originator 127.0.0.1 port 65535, "
				   "target 127.0.0.1 port 50009\n"
				   "channel 0: open failed: administratively prohibited: open "
				   "failed\nstdio forwarding failed\n";
	struct route r = node;

	ck_assert(!find(said, STAGE_SESSION, &r));
	snprintf(r.user, sizeof(r.user), "bijk-master");
	ck_assert(find(said, STAGE_SESSION, &r));
	ck_assert_str_eq(m.what, "sshd's settings for bijk-master");
	ck_assert_uint_eq(m.fixes.n, 3);
	ck_assert_str_eq(m.fixes.v[1].run,
	    "sed -i '1i Include /etc/ssh/sshd_config.d/00-bijk-master.conf' "
	    "/etc/ssh/sshd_config && /usr/sbin/sshd -t -f /etc/ssh/sshd_config && reload");
}
END_TEST

START_TEST(unknown)
{
	ck_assert(!find("Connection from 192.0.2.10 port 51859 on 192.0.2.20 port 22\n"
			"something new, and fatal\n"
			"Connection closed by 192.0.2.20 port 22\n",
	    STAGE_LOGIN, &node));
	ck_assert_str_eq(m.words, "something new, and fatal");
	ck_assert_uint_eq(m.fixes.n, 0);
	ck_assert(!find("", STAGE_LOGIN, &node));
	ck_assert_str_eq(m.words, "");
	/* sshd greets, so this is not what stopped it. */
	ck_assert(!find("/etc/ssh/sshd_config line 5: Bad thing\n", STAGE_LOGIN, &node));
}
END_TEST

SUITE_MAIN_TABLE("doctor_sentences", known, sizeof(told) / sizeof(told[0]), forms, master, unknown)
