/* SPDX-License-Identifier: ISC */
/* A key of ours may in the copy what the masters' keys may, wherever its sshd
 * takes keys from. */
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/copy.h"
#include "bijk-doctor/play.h"
#include "bijk-doctor/sshd_facts.h"
#include "common/base/child.h"
#include "common/base/io.h"

#include "common/base/banned.h"

#define KEY_SED COPY_DIR "/key.sed"
#define COMMAND_REAL COPY_DIR "/command.real"
#define COMMAND_OURS COPY_DIR "/command"

/* Prints for each master's key in the cards below the state $1 a line for sed,
 * which puts ours in its place. Where no card is, ours is let in by itself. */
static const char keys[] =
    "cd \"$1/masters\" && sed -n \"s,^PULLKEY \\(ssh-[a-z0-9-]* "
    "[A-Za-z0-9+/=]*\\).*,s|\\1|$2|p,p\" "
    "./* | grep . && exit; umask 077; cd \"$1\" && { [ -d .ssh ] || mkdir .ssh; } && "
    "printf 'restrict,command=\"pull\" %s\\n' \"$2\" >>.ssh/authorized_keys";
/* In the directory $1: what a master's key may do, in the file $2, ours may. */
static const char beside[] =
    "cd \"$1\" && [ -f \"$2\" ] && chmod u+w \"$2\"; t=$(sed -nf " KEY_SED " \"$2\") && "
    "[ -n \"$t\" ] && printf '%s\\n' \"$t\" >>\"$2\"";
/* The same of what a command prints. */
static const char command[] =
    "#!/bin/sh\nt=$(" COMMAND_REAL " \"$@\") || exit\n"
    "printf '%s\\n' \"$t\"\nprintf '%s\\n' \"$t\" | sed -nf " KEY_SED "\n";

/* As this account, which may have laid anything in the way; NULL: root. By its
 * numbers, whatever groups are known. */
static void run_as(
    const struct passwd *p, const char *script, const char *x, const char *y, struct answer *a)
{
	char user[32], group[32];
	const char *const argv[] = { "/usr/bin/setpriv", user, group, "--init-groups", "/bin/sh",
		"-c", script, "sh", x, y, NULL };

	snprintf(user, sizeof(user), "--reuid=%u", p != NULL ? (unsigned)p->pw_uid : 0);
	snprintf(group, sizeof(group), "--regid=%u", p != NULL ? (unsigned)p->pw_gid : 0);
	ask(a, argv);
}

static void write_file(const char *path, const char *text, const struct stat *like)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	if (fd != -1 && write_full(fd, text, strlen(text)) == 0 && like != NULL &&
	    fchown(fd, like->st_uid, like->st_gid) == 0)
		fchmod(fd, like->st_mode & 07777);
	close_fd(fd);
}

/* sshd looks at who may change the command; so it looks as before. */
static void let_in_by_command(const char *program)
{
	struct stat st;

	if (stat(program, &st) == -1)
		return;
	write_file(COMMAND_REAL, "", NULL);
	write_file(COMMAND_OURS, command, &st);
	if (mount(program, COMMAND_REAL, NULL, MS_BIND, NULL) == 0)
		mount(COMMAND_OURS, program, NULL, MS_BIND, NULL);
}

/* What sshd puts for %, in a path that is relative to the home. */
static void expand(char path[PATH_MAX], const char *text, const struct passwd *account)
{
	size_t n = 0;

	path[0] = '\0';
	if (text[0] != '/' && strncmp(text, "%h", 2) != 0)
		n = (size_t)snprintf(path, PATH_MAX, "%s/", account->pw_dir);
	for (; *text != '\0' && n < PATH_MAX; text++) {
		char letter[2] = { *text };
		const char *is = letter;

		if (*text == '%' && text[1] != '\0')
			is = *++text == 'u' ? account->pw_name
			    : *text == 'h'  ? account->pw_dir
					    : "%";
		n += (size_t)snprintf(path + n, PATH_MAX - n, "%s", is);
	}
}

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* The account may have led it anywhere: where no overlay can be, nothing is
 * written, and as root only into a directory of root's. */
static void let_in_by_file(const struct play *p, const struct passwd *account, const char *file)
{
	char path[PATH_MAX], why[256], *real, *name;
	struct answer a;
	struct stat st;

	expand(path, file, account);
	real = realpath(path, NULL);
	name = real != NULL ? strrchr(real, '/') : NULL;
	if (name != NULL && name != real) {
		*name++ = '\0';
		if ((below(real, "/etc") || below(real, p->state) || below(real, p->route.home) ||
			copy_overlay(real, why) == 0) &&
		    stat(real, &st) == 0) {
			run_as(st.st_uid == 0 && (st.st_mode & 022) == 0 ? NULL : account, beside,
			    real, name, &a);
			answer_free(&a);
		}
	}
	free(real);
}

/* Beside each of the masters' keys, wherever this sshd takes keys from. */
static void let_in_where_sshd_looks(const struct play *p, const struct passwd *account)
{
	static const char file[] = "authorizedkeysfile ", program[] = "authorizedkeyscommand ";
	struct argv argv = { .n = 0 };
	char *save = NULL, *word = NULL;
	struct answer a;

	argv_add(&argv, SSHD_PROGRAM);
	argv_add(&argv, "-T");
	play_options(&argv, p);
	argv_add(&argv, "-C");
	argv_addf(&argv, "user=%s,host=%s,addr=%s,laddr=%s,lport=%u", p->route.user, p->route.peer,
	    p->route.peer, p->route.ours, (unsigned)p->route.port);
	if (argv_done(&argv) != NULL && ask(&a, (const char *const *)argv_done(&argv)) == 0) {
		for (char *line = strtok_r(a.out.data, "\n", &save); line != NULL;
		     line = strtok_r(NULL, "\n", &save)) {
			if (strncmp(line, program, strlen(program)) == 0)
				let_in_by_command(strtok_r(line + strlen(program), " ", &word));
			else if (strncmp(line, file, strlen(file)) == 0)
				for (char *w = strtok_r(line + strlen(file), " ", &word); w != NULL;
				     w = strtok_r(NULL, " ", &word))
					let_in_by_file(p, account, w);
		}
	}
	answer_free(&a);
	argv_free(&argv);
}

static void let_in(const struct play *p, const char *key)
{
	const struct passwd *account = getpwnam(p->route.user);
	struct answer a;

	if (account == NULL)
		return;
	run_as(account, keys, p->state, key, &a);
	if (a.out.len > 1) {
		write_file(KEY_SED, a.out.data, NULL);
		let_in_where_sshd_looks(p, account);
	}
	answer_free(&a);
}

void play_key(const struct play *p)
{
	const char *const make[] = { "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
		"rehearsal", "-f", PLAY_KEY, NULL };
	struct buf b = BUF_INIT(4096);
	struct answer a;
	int fd;

	ask(&a, make);
	answer_free(&a);
	fd = open(PLAY_KEY ".pub", O_RDONLY | O_CLOEXEC);
	if (fd != -1 && read_all(fd, &b, DEADLINE_NEVER) == 0 && b.data != NULL) {
		b.data[strcspn(b.data, "\n")] = '\0';
		let_in(p, b.data);
	}
	close_fd(fd);
	buf_free(&b);
}
