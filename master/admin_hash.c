/* SPDX-License-Identifier: ISC */
#include "master/admin_hash.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/hashfile.h"
#include "master/admin.h"

#include "common/base/banned.h"

#define HASH_TEXT_MAX ((size_t)2 * HASH_SIZE + 1)

/* One line from the terminal. Signals wait until the echo is back, or the shell would be left without it. */
static void ask(const char *node, struct buf *b)
{
	struct termios was, quiet;
	sigset_t all, before;
	ssize_t n = -1;

	if (buf_reserve(b, HASH_TEXT_MAX) == -1 || tcgetattr(STDIN_FILENO, &was) == -1)
		die(EX_IOERR, "asking for the hash: %s", strerror(errno));
	sigemptyset(&all);
	sigaddset(&all, SIGINT);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGHUP);
	sigaddset(&all, SIGQUIT);
	sigaddset(&all, SIGTSTP);
	sigprocmask(SIG_BLOCK, &all, &before);
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_lflag |= ICANON;
	write_full(STDERR_FILENO, "hash of ", 8);
	write_full(STDERR_FILENO, node, strlen(node));
	write_full(STDERR_FILENO, ": ", 2);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0)
		n = read(STDIN_FILENO, b->data, HASH_TEXT_MAX);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	write_full(STDERR_FILENO, "\n", 1);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (n > 0)
		b->len = (size_t)n;
}

void admin_hash_or_die(const char *path, const char *node, uint8_t hash[HASH_SIZE])
{
	struct buf b = BUF_INIT(HASH_TEXT_MAX);
	const char *why;
	int rc;

	if (path == NULL && isatty(STDIN_FILENO))
		ask(node, &b);
	else
		admin_read_input(path, "a hash", &b);
	rc = hash_parse(b.data != NULL ? b.data : "", b.len, hash, &why);
	if (b.data != NULL)
		sodium_memzero(b.data, b.cap);
	buf_free(&b);
	if (rc == -1)
		die(EX_DATAERR, "%s: %s", path != NULL ? path : "standard input", why);
}
