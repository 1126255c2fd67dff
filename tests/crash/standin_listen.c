/* SPDX-License-Identifier: ISC */
/*
 * A stand-in for the listener of port 50010: `standin_listen KEYRECV CONFIG
 * PROGRAM [ARG...]`. Descriptor 3 listens; the first connection is KEYRECV's,
 * and PROGRAM runs beside it. When PROGRAM has ended without connecting, nobody
 * waits any longer.
 */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(const char *keyrecv, const char *config, int alive)
{
	struct pollfd p[2] = { { .fd = 3, .events = POLLIN }, { .fd = alive, .events = POLLIN } };
	int fd;

	if (poll(p, 2, 60000) < 1 || !(p[0].revents & POLLIN) || (fd = accept(3, NULL, NULL)) == -1)
		_exit(0);
	dup2(fd, 0);
	dup2(fd, 1);
	close(3);
	close(alive);
	close(fd);
	execl(keyrecv, "bijk-keyrecv", "-f", config, (char *)NULL);
	_exit(127);
}

int main(int argc, char **argv)
{
	int alive[2];

	if (argc < 4 || pipe(alive) == -1)
		return 255;
	switch (fork()) {
	case -1: return 255;
	case 0: close(alive[1]); serve(argv[1], argv[2], alive[0]);
	}
	close(alive[0]);
	close(3);
	execv(argv[3], argv + 3);
	return 127;
}
