/* SPDX-License-Identifier: ISC */
/*
 * The other end of bijk-recv when only that is measured: no ssh, and no program
 * that starts for each push.
 *
 *   sender AT_ONCE PORT plugins.yml...       a push of each node, by the product's own sender
 *   sender -c AT_ONCE PORT FILE...           each file as it is, and then what the other end
 *                                            answers
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/sock.h"
#include "common/exchange/sender.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

#define SECONDS 60

static uint16_t port;

static int call(void)
{
	const char *why;
	int fd = sock_connect("127.0.0.1", port, deadline_in_s(SECONDS), &why);

	if (fd == -1)
		die(EX_UNAVAILABLE, "%s: %s", why, strerror(errno));
	return fd;
}

static void push(const char *file)
{
	struct node_config config;
	struct send s = { .config = &config, .direction = DIRECTION_PUSH, .timeout = SECONDS };
	const char *why;
	int fd;

	node_config_or_die(file, &config);
	if (hash_read(AT_FDCWD, config.hash, s.hash, &why) == -1)
		die(EX_CONFIG, "%s: %s", config.hash, why);
	fd = call();
	if (send_session(&s, fd, fd) == -1)
		die(EX_PROTOCOL, "%s: %s", file, s.fail.text);
	if (s.wait > 0 || s.records == 0)
		die(EX_PROTOCOL, "%s: nothing was sent", file);
	close(fd);
}

static void copy(const char *file)
{
	struct buf b = BUF_INIT(1 << 24), answer = BUF_INIT(4096);
	int in = open(file, O_RDONLY | O_CLOEXEC), fd = call();

	if (in == -1 || read_all(in, &b, DEADLINE_NEVER) == -1 || fcntl(fd, F_SETFL, 0) == -1 ||
	    write_full(fd, b.data, b.len) == -1)
		die(EX_IOERR, "%s: %s", file, strerror(errno));
	shutdown(fd, SHUT_WR);
	if (read_all(fd, &answer, deadline_in_s(SECONDS)) == -1 || answer.len == 0)
		die(EX_PROTOCOL, "no answer");
	buf_free(&b);
	buf_free(&answer);
	close(in);
	close(fd);
}

int main(int argc, char **argv)
{
	bool plain = argc > 1 && strcmp(argv[1], "-c") == 0;
	uint64_t at_once, n;
	int status, rc = 0;

	msg_init(argv[0]);
	argv += plain ? 2 : 1;
	argc -= plain ? 2 : 1;
	if (argc < 3 || num_parse(argv[0], 1, 1000, &at_once) == -1 ||
	    num_parse(argv[1], 1, 65535, &n) == -1)
		die(EX_USAGE, "usage: sender [-c] AT_ONCE PORT FILE...");
	port = (uint16_t)n;
	proof_init();
	for (uint64_t w = 0; w < at_once; w++) {
		if (fork() != 0)
			continue;
		for (int i = 2 + (int)w; i < argc; i += (int)at_once)
			(plain ? copy : push)(argv[i]);
		_exit(0);
	}
	while (wait(&status) != -1)
		rc |= status != 0;
	return rc;
}
