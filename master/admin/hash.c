/* SPDX-License-Identifier: ISC */
/* How a node's hash gets to bijk-master: from a file, a pipe or a person, never
 * from the command line. */
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/trust/secret.h"
#include "master/admin/admin.h"

#include "common/base/banned.h"

static volatile sig_atomic_t caught;

static void catch_signal(int sig)
{
	caught = sig;
}

/* Whatever ends the reading, the terminal gets its echo back before the signal
 * takes effect. */
static ssize_t read_unechoed(char *line, size_t size)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction on = { .sa_handler = catch_signal };
	struct termios was, quiet;
	ssize_t n = -1;

	if (tcgetattr(STDIN_FILENO, &was) == -1)
		return -1;
	sigemptyset(&on.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &on, NULL);
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0 && caught == 0)
		n = read(STDIN_FILENO, line, size);
	/* Discard what else was typed, rather than leave it to the shell. */
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	write_full(STDERR_FILENO, "\n", 1);
	if (caught != 0)
		raise(caught);
	return n;
}

static void ask_for_hash(const char *node, struct buf *b)
{
	ssize_t n = -1;

	dprintf(STDERR_FILENO, "hash of %s: ", node);
	if (buf_reserve(b, HASH_TEXT_MAX) == 0)
		n = read_unechoed(b->data, HASH_TEXT_MAX);
	if (n == -1)
		die(EX_IOERR, "asking for the hash: %s", strerror(errno));
	b->len = (size_t)n;
}

void admin_hash_or_die(const char *path, const char *node, uint8_t hash[HASH_SIZE])
{
	struct buf b = BUF_INIT(HASH_TEXT_MAX);
	const char *why;
	int rc;

	if (path == NULL && isatty(STDIN_FILENO))
		ask_for_hash(node, &b);
	else
		admin_input_or_die(path, "a hash", &b);
	rc = hash_parse(b.data != NULL ? b.data : "", b.len, hash, &why);
	if (b.data != NULL)
		sodium_memzero(b.data, b.cap);
	buf_free(&b);
	if (rc == -1)
		die(EX_DATAERR, "%s: %s", path != NULL ? path : "standard input", why);
}
