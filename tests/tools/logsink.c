/* SPDX-License-Identifier: ISC */
/* logsink SOCKET FILE: the syslog of a test host. Each datagram that arrives at
 * SOCKET becomes one line of FILE; a control character in it becomes `?`, so
 * that one event is one line whoever sent it, and a marker shows that it was
 * there. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/banned.h"

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char line[65536];
	ssize_t n;
	int in, out;

	if (argc != 3 || strlen(argv[1]) >= sizeof addr.sun_path) {
		fprintf(stderr, "usage: logsink SOCKET FILE\n");
		return 64;
	}
	memcpy(addr.sun_path, argv[1], strlen(argv[1]) + 1);
	in = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	out = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	unlink(argv[1]);
	umask(0);
	if (in < 0 || out < 0 || bind(in, (struct sockaddr *)&addr, sizeof addr) < 0) {
		perror("logsink");
		return 74;
	}
	while ((n = recv(in, line, sizeof line - 1, 0)) >= 0) {
		for (ssize_t i = 0; i < n; i++)
			if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
				line[i] = '?';
		line[n++] = '\n';
		if (write(out, line, (size_t)n) != n)
			return 74;
	}
	return 74;
}
