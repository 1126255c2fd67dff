/* SPDX-License-Identifier: ISC */
/*
 * Hostile requests to a real sshd, all over one login, so that hundreds of them cost no handshake each. usage_text says how.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "tests/hostile/channel.h"
#include "tests/hostile/words.h"

#include "common/base/banned.h"

#define COMMAND_MAX (256 * 1024)
#define EXEC_MAX 131000 /* about what execve(2) takes as one word */

static const char usage_text[] =
    "usage: sshraw [-s SEED] -n COUNT login CONTROL-SOCKET\n"
    "           as many requests that the account of a node must refuse: each is refused by sshd, "
    "or\n"
    "           answered by one line on standard error and exit code 77; what is no command gets "
    "no\n"
    "           further than a pull whose master says nothing (75)\n"
    "       sshraw forward CONTROL-SOCKET  channels that every account must refuse, and sessions\n"
    "       sshraw nul CONTROL-SOCKET      a command with a NUL inside: sshd ends the connection\n";

static unsigned refused_by_sshd, refused_by_us, pulls, wrong;
static uint64_t seed = 1;

static _Noreturn void usage(void)
{
	fputs(usage_text, stderr);
	exit(64);
}

static uint32_t dice(uint32_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(seed >> 33) % n;
}

/* A command of the list, with some bytes more or other ones; never a NUL, which sshd takes for an attack of its own. */
static void make_command(struct buf *b, unsigned i)
{
	static const char odd[] = "$`'\"\\;|&<>(){}[]*?~#!%\n\r\t -\x1b\x7f\x80\xff";
	static const size_t sizes[] = { 1000, 9000, 32000, 100000, 131000, 131072, 200000 };
	const char *from = commands[i < COMMANDS ? i : dice(COMMANDS)];
	size_t n;

	buf_adds(b, from);
	if (i < COMMANDS)
		return;
	if (i - COMMANDS < sizeof(sizes) / sizeof(sizes[0])) {
		while (b->len < sizes[i - COMMANDS])
			buf_add(b, "x", 1);
		return;
	}
	n = 1 + dice(8);
	while (n-- > 0) {
		char c = odd[dice(sizeof(odd) - 1)];
		size_t at = dice((uint32_t)b->len + 1);
		if (at < b->len && dice(2) == 0)
			b->data[at] = c;
		else
			buf_add(b, &c, 1);
	}
	if (b->len == 4 && memcmp(b->data, "pull", 4) == 0)
		buf_add(b, "\n", 1);
}

static void complain(const char *what, const void *asked, size_t len, const struct answer *a)
{
	char text[200], err[400];

	vis(text, sizeof(text), asked, len);
	vis(err, sizeof(err), a->err, strlen(a->err));
	printf("wrong: %s '%s' (%zu bytes): exit code %d, %zu bytes of output, %zu lines: %s\n",
	    what, text, len, a->code, a->out_bytes, a->err_lines, err);
	wrong++;
}

/* Of a subsystem sshd passes no standard error on. */
static bool one_line(const char *what, const struct answer *a)
{
	return a->err_lines == 1 || (a->err_lines == 0 && strcmp(what, "subsystem") == 0);
}

/* A command that is too long for execve(2) is sshd's to refuse: whatever it says, nothing ran. */
static void judge(const char *what, const void *asked, size_t len, const struct answer *a, int code)
{
	if (!a->accepted)
		refused_by_sshd++;
	else if (a->code == code && a->out_bytes == 0 && one_line(what, a))
		*(code == 77 ? &refused_by_us : &pulls) += 1;
	else if (len >= EXEC_MAX && a->code > 0 && a->out_bytes == 0)
		refused_by_sshd++;
	else
		complain(what, asked, len, a);
}

static void ask(const char *kind, const void *asked, size_t len, int code)
{
	struct answer a = { .code = -1 };

	if (!channel_open("session", NULL, NULL)) {
		refused_by_sshd++;
		return;
	}
	channel_request(kind, true);
	if (strcmp(kind, "shell") != 0)
		put_bytes(asked, len);
	channel_send();
	channel_end();
	channel_hear(&a);
	judge(kind, asked, len, &a, code);
}

/* A pull with something of the asker's in its environment: no more than a pull. */
static void ask_with(const char *variable)
{
	const char *value = strchr(variable, '=');
	struct answer a = { .code = -1 };

	if (!channel_open("session", NULL, NULL)) {
		refused_by_sshd++;
		return;
	}
	channel_request("env", false);
	put_bytes(variable, (size_t)(value - variable));
	put_string(value + 1);
	channel_send();
	channel_request("exec", true);
	put_string("pull");
	channel_send();
	channel_end();
	channel_hear(&a);
	judge("pull with", variable, strlen(variable), &a, 75);
}

/* What a session may have besides: each must fail. */
static void ask_extra(const char *kind)
{
	struct answer a = { .code = -1, .accepted = true };

	if (!channel_open("session", NULL, NULL)) {
		refused_by_sshd++;
		return;
	}
	channel_request(kind, true);
	if (strcmp(kind, "pty-req") == 0) {
		put_string("xterm");
		for (int i = 0; i < 4; i++)
			put_u32(80);
		put_bytes("\0", 1);
	} else if (strcmp(kind, "x11-req") == 0) {
		put_u8(0);
		put_string("MIT-MAGIC-COOKIE-1");
		put_string("00112233445566778899aabbccddeeff");
		put_u32(0);
	}
	channel_send();
	channel_hear(&a);
	if (a.accepted)
		complain(kind, "", 0, &a);
	else
		refused_by_sshd++;
}

/* HOST:PORT of a channel, and from where it would come. */
static void put_tcp(const char *where)
{
	const char *colon = strrchr(where, ':');

	put_bytes(where, (size_t)(colon - where));
	put_u32((uint32_t)strtoul(colon + 1, NULL, 10));
	put_string("127.0.0.1");
	put_u32(4242);
}

static void put_path(const char *where)
{
	put_string(where);
	put_string("");
	put_u32(0);
}

static void put_tun(const char *where)
{
	put_u32((uint32_t)strtoul(where, NULL, 10));
	put_u32(0x7fffffff);
}

static void ask_channel(const char *kind, void (*more)(const char *), const char *where)
{
	struct answer a = { .code = -1 };

	if (channel_open(kind, more, where)) {
		complain(kind, where, strlen(where), &a);
		channel_close();
	} else {
		refused_by_sshd++;
	}
}

static void forward(void)
{
	static const char *const places[] = { "127.0.0.1:22", "localhost:22", "::1:22",
		"0.0.0.0:22", "127.0.0.2:22", "127.1:22", "127.0.0.1:50010", "127.0.0.1:50011",
		"127.0.0.1:25", "127.0.0.1:50008", "localhost:50009", "::1:50009", "0:50009",
		"127.0.0.2:50009", "127.1:50009", "2130706433:50009", "::ffff:127.0.0.1:50009",
		"192.0.2.10:50009", "192.0.2.20:22", "192.0.2.10:50010", "127.0.0.1\n:50009",
		"127.0.0.1:115545", ":50009", "*:50009", "%h:50009" };
	static const char *const paths[] = { "/dev/log", "/run/systemd/private", "127.0.0.1:50009",
		"", "/run/dbus/system_bus_socket" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		ask_channel("direct-tcpip", put_tcp, places[i]);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		ask_channel("direct-streamlocal@openssh.com", put_path, paths[i]);
	ask_channel("tun@openssh.com", put_tun, "1");
	ask_channel("tun@openssh.com", put_tun, "2");
	ask_channel("x11", put_tcp, "127.0.0.1:6000");
	ask_channel("auth-agent@openssh.com", NULL, "");
	ask_channel("forwarded-tcpip", put_tcp, "127.0.0.1:22");
	ask_channel("session\n", NULL, "");
}

static void login(unsigned count)
{
	static const char *const extras[] = { "pty-req", "x11-req", "auth-agent-req@openssh.com",
		"auth-agent-req", "subsystems", "execute", "" };
	unsigned i, commands_left;

	for (i = 0; i < SUBSYSTEMS; i++)
		ask("subsystem", subsystems[i], strlen(subsystems[i]), 77);
	for (i = 0; i < VARIABLES; i++)
		ask_with(variables[i]);
	for (i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
		ask_extra(extras[i]);
	ask("shell", "", 0, 75);
	commands_left = refused_by_sshd + refused_by_us + pulls + wrong;
	commands_left = count > commands_left ? count - commands_left : 0;
	for (i = 0; i < commands_left; i++) {
		struct buf b = BUF_INIT(COMMAND_MAX);
		make_command(&b, i);
		ask("exec", b.data, b.len, 77);
		buf_free(&b);
	}
}

int main(int argc, char **argv)
{
	uint64_t count = 300;
	int option;

	while ((option = getopt(argc, argv, "s:n:")) != -1)
		if ((option != 's' && option != 'n') ||
		    num_parse(optarg, 0, UINT32_MAX, option == 's' ? &seed : &count) == -1)
			usage();
	if (argc - optind != 2)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN); /* sshd may end the connection before we have said all */
	channel_log_in(argv[optind + 1]);
	printf("seed %llu\n", (unsigned long long)seed);
	if (strcmp(argv[optind], "login") == 0) {
		login((unsigned)count);
	} else if (strcmp(argv[optind], "forward") == 0) {
		forward();
	} else if (strcmp(argv[optind], "nul") == 0) {
		ask("exec", "pull\0id", 7, 77);
		printf("wrong: sshd goes on\n");
		return 1;
	} else {
		usage();
	}
	printf("%u requests: sshd refused %u, bijk-login %u, %u got no further than an empty pull, "
	       "%u wrong\n",
	    refused_by_sshd + refused_by_us + pulls + wrong, refused_by_sshd, refused_by_us, pulls,
	    wrong);
	return wrong > 0;
}
