/* SPDX-License-Identifier: ISC */
/* The command line of ssh, and what its words come to: the texts are those that
 * OpenSSH 9.2 printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/ssh/diagnosis.h"
#include "common/ssh/ssh.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define LOGIN                                                                                      \
	"debug1: Connection established.\r\n"                                                      \
	"debug1: Authentications that can continue: publickey,keyboard-interactive\r\n"            \
	"debug1: Server accepts key: /k ED25519 SHA256:FxGU/6m4dwzsjmgPdT2AdUJ9vETy explicit\r\n"
#define LOGGED_IN LOGIN "Authenticated to 192.0.2.1 ([192.0.2.1]:22) using \"publickey\".\r\n"
#define SENT LOGGED_IN "debug1: Entering interactive session.\r\ndebug1: Sending command: pull\r\n"
#define FAREWELL                                                                                   \
	"Transferred: sent 3396, received 3188 bytes, in 0.0 seconds\r\n"                          \
	"Bytes per second: sent 68168.9, received 63993.6\r\ndebug1: Exit status -1\r\n"

#define BANNER(end)                                                                                \
	"debug1: SSH2_MSG_SERVICE_ACCEPT received\r\nIf your account has expired, ask." end        \
	"x: Permission denied (publickey)." end "Connection timed out during banner exchange" end  \
	"debug1: Authentications that can continue: publickey\r\n"
#define JUMP "debug1: Executing proxy command: exec /usr/bin/ssh -F /c -W '[n1]:22' bastion\r\n"
#define JUMP_GONE                                                                                  \
	"kex_exchange_identification: Connection closed by remote host\r\n"                        \
	"Connection closed by UNKNOWN port 65535\r\n"
#define JUMP_THROUGH                                                                               \
	JUMP "Authenticated to bastion ([192.0.2.9]:22) using \"publickey\".\r\n"                  \
	     "debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2\r\n"

static const struct {
	const char *text;
	enum ssh_trouble trouble;
	int exit_code;
	bool transient;
} said[] = {
	{ "", SSH_TROUBLE_NONE, EX_UNAVAILABLE, false },
	{ "ssh: Could not resolve hostname nosuch.example: Temporary failure in name "
	  "resolution\r\n",
	    SSH_NAME, EX_UNAVAILABLE, false },
	{ "debug1: connect to address 192.0.2.1 port 22: Connection refused\r\n"
	  "ssh: connect to host 192.0.2.1 port 22: Connection refused\r\n",
	    SSH_REFUSED, EX_UNAVAILABLE, false },
	{ "ssh: connect to host 192.0.2.1 port 22: No route to host\r\n", SSH_UNREACHABLE,
	    EX_UNAVAILABLE, false },
	{ "ssh: connect to host 192.0.2.1 port 22: Network is unreachable\r\n", SSH_UNREACHABLE,
	    EX_UNAVAILABLE, false },
	{ "ssh: connect to host 192.0.2.1 port 22: Connection timed out\r\n", SSH_TIMEOUT,
	    EX_UNAVAILABLE, false },
	{ "Connection timed out during banner exchange\r\nConnection to 192.0.2.1 port 22 timed "
	  "out\r\n",
	    SSH_BANNER_TIMEOUT, EX_UNAVAILABLE, false },
	{ "kex_exchange_identification: Connection closed by remote host\r\n"
	  "Connection closed by 192.0.2.1 port 22\r\n",
	    SSH_CLOSED, EX_UNAVAILABLE, false },
	{ "kex_exchange_identification: read: Connection reset by peer\r\n"
	  "Connection reset by 192.0.2.1 port 22\r\n",
	    SSH_CLOSED, EX_UNAVAILABLE, false },
	{ "debug1: SSH2_MSG_KEXINIT sent\r\nConnection closed by 192.0.2.1 port 22\r\n", SSH_CLOSED,
	    EX_UNAVAILABLE, false },
	{ "debug1: kex_exchange_identification: banner line 0: Exceeded MaxStartups\r\n"
	  "kex_exchange_identification: Connection closed by remote host\r\n"
	  "Connection closed by 192.0.2.1 port 22\r\n",
	    SSH_BUSY, EX_TEMPFAIL, true },
	{ "debug1: kex_exchange_identification: banner line 0: Not allowed at this time\r\n"
	  "kex_exchange_identification: read: Connection reset by peer\r\n",
	    SSH_PENALISED, EX_TEMPFAIL, true },
	{ "No ED25519 host key is known for n1 and you have requested strict checking.\r\n"
	  "Host key verification failed.\r\n",
	    SSH_HOSTKEY_UNKNOWN, EX_NOPERM, false },
	{ "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n"
	  "Offending ED25519 key in /kh:1\r\n"
	  "Host key for n1 has changed and you have requested strict checking.\r\n"
	  "Host key verification failed.\r\n",
	    SSH_HOSTKEY_CHANGED, EX_NOPERM, false },
	{ "Host key for n1 has changed and you have requested strict checking.\r\n",
	    SSH_HOSTKEY_CHANGED, EX_NOPERM, false },
	{ "bijk@192.0.2.1: Permission denied (publickey).\r\n", SSH_KEY_REFUSED, EX_NOPERM, false },
	{ "bijk@192.0.2.1: Permission denied (publickey,keyboard-interactive).\r\n",
	    SSH_KEY_REFUSED, EX_NOPERM, false },
	{ "Authenticated using \"publickey\" with partial success.\r\n"
	  "bijk@192.0.2.1: Permission denied (password).\r\n",
	    SSH_OTHER_METHOD, EX_NOPERM, false },
	{ "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\r\n"
	  "Load key \"/k\": bad permissions\r\nbijk@192.0.2.1: Permission denied (publickey).\r\n",
	    SSH_KEY_FILE, EX_IOERR, false },
	{ "Warning: Identity file /k not accessible: No such file or directory.\r\n"
	  "bijk@192.0.2.1: Permission denied (publickey).\r\n",
	    SSH_KEY_FILE, EX_IOERR, false },
	{ LOGIN "Connection closed by 192.0.2.1 port 22\r\n", SSH_ACCOUNT, EX_NOPERM, false },
	{ LOGIN "Your account has expired; please contact your system administrator.\r\n"
		"Connection closed by 192.0.2.1 port 22\r\n",
	    SSH_ACCOUNT, EX_NOPERM, false },
	{ SENT "Password change required but no TTY available.\r\n", SSH_ACCOUNT, EX_NOPERM,
	    false },
	{ SENT "client_loop: send disconnect: Broken pipe\r\n", SSH_ACCOUNT, EX_NOPERM, false },
	{ LOGGED_IN "Connection reset by 192.0.2.1 port 22\r\n", SSH_TROUBLE_NONE, EX_UNAVAILABLE,
	    false },
	{ LOGGED_IN "Timeout, server 192.0.2.1 not responding.\r\n", SSH_TIMEOUT, EX_UNAVAILABLE,
	    false },
	{ LOGGED_IN "channel 0: open failed: connect failed: open failed\r\n" FAREWELL,
	    SSH_NO_COMMAND, EX_NOPERM, false },
	{ SENT "This service allows sftp connections only.\r\n" FAREWELL, SSH_NO_COMMAND, EX_NOPERM,
	    false },
	{ SENT "exec request failed on channel 0\r\n" FAREWELL, SSH_NO_COMMAND, EX_NOPERM, false },
	{ SENT FAREWELL, SSH_NO_COMMAND, EX_NOPERM, false },
	{ LOGGED_IN "bind [127.0.0.1]:50011: Address already in use\r\n"
		    "channel_setup_fwd_listener_tcpip: cannot listen to port: 50011\r\n"
		    "Could not request local forwarding.\r\n",
	    SSH_PORT_TAKEN, EX_TEMPFAIL, false },
	{ LOGGED_IN "channel 1: open failed: connect failed: Connection refused\r\n" FAREWELL,
	    SSH_FORWARD_NOBODY, EX_TEMPFAIL, false },
	{ LOGGED_IN "channel 0: open failed: connect failed: Connection refused\r\n"
		    "stdio forwarding failed\r\n",
	    SSH_FORWARD_NOBODY, EX_TEMPFAIL, false },
	{ LOGGED_IN "channel 1: open failed: administratively prohibited: open failed\r\n" FAREWELL,
	    SSH_FORWARD_DENIED, EX_NOPERM, false },
	/* What is debug output, and only tells of one address of several, is no
	 * cause. */
	{ "debug1: connect to address 2001:db8::1 port 22: Network is unreachable\r\n"
	  "debug1: connect to address 192.0.2.1 port 22: Connection refused\r\n",
	    SSH_TROUBLE_NONE, EX_UNAVAILABLE, false },
	/* ssh's lines end in CR LF. */
	{ "ssh: connect to host n1 port 22: Connection refused", SSH_TROUBLE_NONE, EX_UNAVAILABLE,
	    false },
	{ "ssh: connect to host n1 port 22: Connection refused\n", SSH_TROUBLE_NONE, EX_UNAVAILABLE,
	    false },
	/* A banner, also one that was written on Windows, is followed by what
	 * ssh goes on with. */
	{ BANNER("\n") SENT FAREWELL, SSH_NO_COMMAND, EX_NOPERM, false },
	{ BANNER("\r\n") SENT FAREWELL, SSH_NO_COMMAND, EX_NOPERM, false },
	{ BANNER("\r\n") LOGIN "bijk@192.0.2.1: Permission denied (publickey).\r\n",
	    SSH_KEY_REFUSED, EX_NOPERM, false },
	{ BANNER("\r\n") LOGGED_IN, SSH_TROUBLE_NONE, EX_UNAVAILABLE, false },
	{ "@ HOST IDENTIFICATION HAS CHANGED\n" LOGGED_IN, SSH_TROUBLE_NONE, EX_UNAVAILABLE,
	    false },
	/* So is what a program says at the other side. */
	{ SENT "channel 1: open failed: connect failed: no\n" FAREWELL, SSH_NO_COMMAND, EX_NOPERM,
	    false },
	{ "Password change required but no TTY available.\n" SENT FAREWELL, SSH_NO_COMMAND,
	    EX_NOPERM, false },
	{ SENT "WARNING: Your password has expired.\n"
	       "Password change required but no TTY available.\n" FAREWELL,
	    SSH_ACCOUNT, EX_NOPERM, false },
	/* Words of sshd's own in their place are not ssh's. */
	{ LOGIN "Received disconnect from 192.0.2.1 port 22:2: x: Permission denied (none)\r\n"
		"Disconnected from 192.0.2.1 port 22\r\n",
	    SSH_TROUBLE_NONE, EX_UNAVAILABLE, false },
	/* A jump host: its ssh has words of the same kind. */
	{ JUMP "jump@192.0.2.9: Permission denied (publickey).\r\n" JUMP_GONE, SSH_PROXY,
	    EX_UNAVAILABLE, false },
	{ JUMP "ssh: Could not resolve hostname bastion: Name or service not known\r\n" JUMP_GONE,
	    SSH_PROXY, EX_UNAVAILABLE, false },
	{ JUMP "Connection timed out during banner exchange\r\n"
	       "Connection to UNKNOWN port 65535 timed out\r\n",
	    SSH_PROXY, EX_UNAVAILABLE, false },
	{ JUMP_THROUGH LOGIN "bijk@n1: Permission denied (publickey).\r\n", SSH_KEY_REFUSED,
	    EX_NOPERM, false },
	{ JUMP_THROUGH "Host key for n1 has changed and you have requested strict checking.\r\n"
		       "Host key verification failed.\r\n",
	    SSH_HOSTKEY_CHANGED, EX_NOPERM, false },
};

START_TEST(explains)
{
	struct ssh_verdict v = ssh_explain(said[_i].text);

	ck_assert_msg(
	    v.trouble == said[_i].trouble, "%d: %s for %s", _i, v.sentence, said[_i].text);
	ck_assert_int_eq(v.exit_code, said[_i].exit_code);
	ck_assert_int_eq(v.transient, said[_i].transient);
	ck_assert(v.sentence[0] != '\0');
	ck_assert_ptr_nonnull(v.check);
}
END_TEST

static const char *last(const char *text)
{
	static struct ssh_verdict v;

	v = ssh_explain(text);
	return v.words;
}

START_TEST(last_words)
{
	char text[3 * SSH_WORDS_MAX];

	ck_assert_str_eq(last(SENT "bijk-login: reading the hash: No such file\r\n\r\n" FAREWELL),
	    "bijk-login: reading the hash: No such file");
	ck_assert_str_eq(last(LOGGED_IN FAREWELL), "");
	ck_assert_str_eq(last("first\nsecond"), "second");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ck_assert_uint_eq(strlen(last(text)), SSH_WORDS_MAX - 1);
}
END_TEST

static const char *sentence(const char *text)
{
	static struct ssh_verdict v;

	v = ssh_explain(text);
	return v.sentence;
}

/* The reason that somebody else than ssh gives is quoted, where it is theirs to
 * give. */
START_TEST(sentences)
{
	ck_assert_str_eq(sentence(BANNER("\n") LOGIN "The account has expired.\n"
						     "Connection closed by 192.0.2.1 port 22\r\n"),
	    "sshd accepted the key and then closed the connection: The account has expired.");
	ck_assert_str_eq(sentence(LOGIN "Connection closed by 192.0.2.1 port 22\r\n"),
	    "sshd accepted the key and then closed the connection");
	ck_assert_str_eq(sentence(BANNER("\n") SENT "Back at noon.\n" FAREWELL),
	    "the login is good, but bijk-login does not answer: Back at noon.");
	ck_assert_str_eq(sentence(BANNER("\n") LOGIN "x@n1: Permission denied (publickey).\r\n"),
	    "sshd refused the key");
	ck_assert_str_eq(
	    sentence(JUMP "jump@192.0.2.9: Permission denied (publickey).\r\n" JUMP_GONE),
	    "the connection through the jump host fails: jump@192.0.2.9: Permission denied "
	    "(publickey).");
	ck_assert_str_eq(
	    sentence(JUMP "channel 0: open failed: connect failed: No route to host\r\n"
			  "stdio forwarding failed\r\n" JUMP_GONE),
	    "the connection through the jump host fails: channel 0: open failed: connect failed: "
	    "No route "
	    "to host");
	/* OpenSSH 10 on a key exchange, which is no reason for anything. */
	ck_assert_str_eq(
	    last(BANNER("\n") LOGGED_IN "** WARNING: connection is not post-quantum\r\n"), "");
	ck_assert_str_eq(last(BANNER("\r\n") "debug1: Offering public key: /k\r\n"), "");
}
END_TEST

#define WAY "debug1: Connecting to n1 [192.0.2.1] port 22.\r\n"
#define OPEN WAY "debug1: Connection established.\r\n"
#define GREETED OPEN "debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2\r\n"
#define PINNED GREETED "debug1: Host 'n1' is known and matches the ED25519 host key.\r\n"
#define TAKEN PINNED "Authenticated to n1 ([192.0.2.1]:22) using \"publickey\".\r\n"

START_TEST(steps)
{
	static const char *const ways[SSH_STEPS + 1] = { "", WAY, OPEN, GREETED, PINNED, TAKEN };
	char text[SSH_STEPS][SSH_STEP_TEXT];

	for (size_t i = 0; i <= SSH_STEPS; i++)
		ck_assert_uint_eq(ssh_steps(ways[i], text), i);
	ck_assert_str_eq(text[SSH_STEP_NAME], "trying n1 [192.0.2.1] port 22.");
	ck_assert_str_eq(text[SSH_STEP_BANNER],
	    "sshd greets: protocol 2.0, remote software version OpenSSH_9.2");
	/* The address that is tried last is the one that counts. */
	ck_assert_uint_eq(
	    ssh_steps("debug1: Connecting to n1 [2001:db8::1] port 22.\r\n" OPEN, text), 2);
	ck_assert_str_eq(text[SSH_STEP_NAME], "trying n1 [192.0.2.1] port 22.");
	/* Through a jump host. */
	ck_assert_uint_eq(ssh_steps(JUMP, text), 1);
	ck_assert_str_eq(text[SSH_STEP_NAME],
	    "going through the command: exec /usr/bin/ssh -F /c -W '[n1]:22' bastion");
	ck_assert_uint_eq(ssh_steps(JUMP_THROUGH, text), 3);
	/* No step is believed without those before it. */
	ck_assert_uint_eq(ssh_steps(OPEN "Authenticated to n1 by me\r\n", text), 2);
	ck_assert_uint_eq(ssh_steps("x " WAY, text), 0);
}
END_TEST

START_TEST(ready)
{
	ck_assert(ssh_says_ready("debug1: Entering interactive session.\r"));
	ck_assert(!ssh_says_ready("debug1: Local forwarding listening on 127.0.0.1 port 50011."));
	ck_assert(!ssh_says_ready("Entering interactive session"));
	ck_assert(!ssh_says_ready(""));
}
END_TEST

/* The vector as one text, its elements apart by line ends. */
static char *joined(const struct ssh_target *t, const char *command)
{
	static char text[8192];
	struct argv a = { .n = 0 };
	size_t n = 0;

	ssh_begin(&a, t);
	ssh_end(&a, t, command);
	ck_assert_ptr_nonnull(argv_done(&a));
	for (size_t i = 0; i < a.n; i++) {
		size_t len = strlen(a.v[i]);
		ck_assert(n + len + 2 < sizeof(text));
		memcpy(text + n, a.v[i], len);
		n += len;
		text[n++] = '\n';
	}
	text[n] = '\0';
	argv_free(&a);
	return text;
}

static struct ssh_target target = { .ssh = "/usr/bin/ssh",
	.ssh_config = "none",
	.user = "bijk",
	.host = "192.0.2.1",
	.port = 2222,
	.identity = { "/m/id_ed25519", NULL },
	.known_hosts = "/m/known_hosts",
	.alias = "n1",
	.connect_seconds = 15 };

START_TEST(key_taken)
{
	static const char debug[] =
	    "debug1: Offering public key: /m/id.new ED25519 SHA256:new explicit\r\n"
	    "debug1: Offering public key: /m/id SHA256:x ED25519 SHA256:old explicit\r\n"
	    "debug1: Server accepts key: /m/id ED25519 SHA256:old explicit\r\n"
	    "Authenticated to node ([192.0.2.1]:22) using \"publickey\".\r\n";
	char key[64];

	ck_assert(ssh_key_taken(debug, key));
	ck_assert_str_eq(key, "SHA256:old");
	ck_assert(!ssh_key_taken("", key));
	ck_assert(!ssh_key_taken(
	    "debug1: Server accepts key: pkalg ssh-ed25519 blen 51\n SHA256:x", key));
	ck_assert(!ssh_key_taken("debug1: auto-mux: Trying existing master\n", key));
}
END_TEST

START_TEST(command_line)
{
	const char *text = joined(&target, "pull");
	static const char *const options[] = { "IdentitiesOnly=yes", "IdentityAgent=none",
		"CertificateFile=none", "BatchMode=yes", "PreferredAuthentications=publickey",
		"NumberOfPasswordPrompts=0", "StrictHostKeyChecking=yes",
		"UserKnownHostsFile=/m/known_hosts", "GlobalKnownHostsFile=/dev/null",
		"HostKeyAlias=n1", "CheckHostIP=no", "UpdateHostKeys=no", "VerifyHostKeyDNS=no",
		"CanonicalizeHostname=no", "ControlMaster=no", "ControlPath=none",
		"ProxyCommand=none", "PermitLocalCommand=no", "ForwardAgent=no", "ForwardX11=no",
		"Tunnel=no", "ConnectTimeout=15", "ConnectionAttempts=1", "ServerAliveInterval=15",
		"ServerAliveCountMax=3", "Compression=no", "LogLevel=DEBUG1" };
	size_t count = 0;

	ck_assert_ptr_eq(
	    strstr(text,
		"/usr/bin/ssh\n-F\nnone\n-T\n-a\n-x\n-e\nnone\n-p\n2222\n-l\nbijk\n-i\n"
		"/m/id_ed25519\n-o\n"),
	    text);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		char line[128];
		snprintf(line, sizeof(line), "\n-o\n%s\n", options[i]);
		ck_assert_msg(strstr(text, line) != NULL, "%s", options[i]);
	}
	for (const char *p = text; (p = strstr(p, "\n-o\n")) != NULL; p++)
		count++;
	ck_assert_uint_eq(count, sizeof(options) / sizeof(options[0]));
	ck_assert_str_eq(strstr(text, "\n--\n"), "\n--\n192.0.2.1\npull\n");
	ck_assert_str_eq(strstr(joined(&target, NULL), "\n--\n"), "\n--\n192.0.2.1\n");
}
END_TEST

/* A file of the administrator's says how to get there, and nothing of whom to
 * believe. */
START_TEST(file_of_options)
{
	struct ssh_target t = target;
	const char *text;

	t.ssh_config = "/etc/bijk/ssh_config";
	text = joined(&t, "pull");
	ck_assert_ptr_nonnull(strstr(text, "\n-F\n/etc/bijk/ssh_config\n"));
	ck_assert_ptr_null(strstr(text, "Proxy"));
	ck_assert_ptr_nonnull(strstr(text, "\n-o\nStrictHostKeyChecking=yes\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n-o\nUserKnownHostsFile=/m/known_hosts\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n-o\nGlobalKnownHostsFile=/dev/null\n"));
}
END_TEST

START_TEST(kept_connection)
{
	struct ssh_target t = target;
	const char *text;

	t.control_dir = "/m/control";
	t.control_seconds = 600;
	text = joined(&t, "pull");
	ck_assert_ptr_nonnull(strstr(text, "\n-o\nControlMaster=auto\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n-o\nControlPath=/m/control/%C\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n-o\nControlPersist=600\n"));
	ck_assert_ptr_null(strstr(text, "ControlMaster=no"));
	ck_assert_ptr_null(strstr(text, "ControlPath=none"));
}
END_TEST

START_TEST(odd_paths)
{
	struct ssh_target t = target;
	const char *text;

	t.identity[0] = "/m/a key";
	t.identity[1] = "/m/next%d";
	t.known_hosts = "/m/a b%\"c";
	text = joined(&t, "pull");
	ck_assert_ptr_nonnull(strstr(text, "\n-i\n/m/a key\n-o\nIdentityFile=/m/next%%d\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n-o\nUserKnownHostsFile=\"/m/a b%%\\\"c\"\n"));
}
END_TEST

SUITE_MAIN_TABLE("ssh", explains, sizeof(said) / sizeof(said[0]), last_words, sentences, steps,
    ready, key_taken, command_line, file_of_options, kept_connection, odd_paths)
