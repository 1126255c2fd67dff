/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/sshd_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/sshd_files.h"
#include "common/base/deadline.h"
#include "common/base/file.h"

#include "common/base/banned.h"

#define SSHD_PID_FILE "/run/sshd.pid"
#define OPTIONS_MAX 32
#define START_MS 1000

/* Its words with spaces between them. */
static void title_of(const struct process *p, char title[PROCESS_ARGV_MAX])
{
	memcpy(title, p->argv, PROCESS_ARGV_MAX);
	for (size_t i = 0; i + 1 < p->argv_len; i++) {
		if (title[i] == '\0')
			title[i] = ' ';
	}
}

/* The machine's own has written its number to the usual file; another may be
 * somebody's experiment. */
static int rank_sshd(const struct process *p)
{
	char options[SSHD_VALUE_MAX], title[PROCESS_ARGV_MAX];
	struct buf b = BUF_INIT(64);
	bool usual;

	title_of(p, title);
	/*
	 * The options of somebody's sshd are not for root to run. Some programs
	 * that are root's for everybody (sudo, while it asks for a password)
	 * keep the name and the title that their caller gave them.
	 */
	if (!p->roots || !process_executes(p, SSHD_PROGRAM) ||
	    sshd_options_in_title(title, options) == -1)
		return 0;
	usual = file_read(AT_FDCWD, SSHD_PID_FILE, &b) == 0 && b.data != NULL &&
	    strtol(b.data, NULL, 10) == p->pid;
	buf_free(&b);
	return usual ? 3 : strstr(options, "-f ") == NULL ? 2 : 1;
}

/* After a SIGHUP it is a moment without its title and without its sockets. */
static bool find_listening(struct process *p)
{
	static const char *const names[] = { "sshd", NULL };
	deadline_t d = deadline_in_ms(START_MS);
	bool found;

	while ((found = process_find(p, names, rank_sshd)) &&
	    memmem(p->argv, p->argv_len, "[listener]", 10) == NULL && !deadline_passed(d))
		sleep_ms(50);
	return found;
}

/* Those of its options that say how it is configured, as words. */
static size_t take_options(char *text, const char *out[OPTIONS_MAX])
{
	char *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(text, " ", &save); w != NULL && n + 2 < OPTIONS_MAX;
	     w = strtok_r(NULL, " ", &save)) {
		char *value;

		if (w[0] != '-' || w[1] == '\0' || strchr("fohpCcu", w[1]) == NULL)
			continue;
		out[n++] = w;
		if (w[2] == '\0' && (value = strtok_r(NULL, " ", &save)) != NULL)
			out[n++] = value;
	}
	return n;
}

/* A reload runs it anew in the same process, which writes the file with its
 * number again. */
int64_t sshd_when_read(const struct sshd_facts *s)
{
	struct stat st;

	if (stat(SSHD_PID_FILE, &st) == 0 && st.st_mtime > s->process.started)
		return st.st_mtime;
	return s->process.started;
}

void sshd_facts_gather(struct sshd_facts *s)
{
	static const char *const sockets[] = { "/run/systemd/generator/ssh.socket.d",
		"/run/systemd/units/invocation:ssh.socket",
		"/run/systemd/units/invocation:sshd.socket", NULL };
	char copy[SSHD_VALUE_MAX], title[PROCESS_ARGV_MAX];
	const char *v[OPTIONS_MAX];
	size_t n;

	*s = (struct sshd_facts){ .there = access(SSHD_PROGRAM, X_OK) == 0 };
	snprintf(s->config, sizeof(s->config), "%s", SSHD_CONFIG);
	s->runs = find_listening(&s->process);
	if (s->runs) {
		title_of(&s->process, title);
		sshd_options_in_title(title, s->options);
		s->read = sshd_when_read(s);
		snprintf(copy, sizeof(copy), "%s", s->options);
		n = take_options(copy, v);
		for (size_t i = 0; i + 1 < n; i++) {
			if (strcmp(v[i], "-f") == 0)
				snprintf(s->config, sizeof(s->config), "%s", v[i + 1]);
		}
	}
	for (size_t i = 1; !s->runs && sockets[i] != NULL; i++)
		s->by_socket |= access(sockets[i], F_OK) == 0;
	sshd_reload_command(s->reload, s->runs ? s->process.pid : 0);
	s->n = listeners(s->listeners);
}

char *sshd_effective(const struct sshd_facts *s, const struct sshd_login *l, char why[512])
{
	char copy[SSHD_VALUE_MAX], spec[512], *text = NULL;
	const char *options[OPTIONS_MAX],
	    *argv[OPTIONS_MAX + 5] = { SSHD_PROGRAM, "-T", "-C", spec };
	struct answer a;
	size_t n;

	snprintf(copy, sizeof(copy), "%s", s->options);
	n = take_options(copy, options);
	memcpy(argv + 4, options, n * sizeof(*options));
	argv[4 + n] = NULL;
	snprintf(spec, sizeof(spec), "user=%s,host=%s,addr=%s,laddr=%s,lport=%u", l->user, l->addr,
	    l->addr, l->laddr, (unsigned)l->lport);
	why[0] = '\0';
	if (ask(&a, argv) == -1)
		snprintf(why, 512, "running %s -T: %s", SSHD_PROGRAM, strerror(errno));
	else if (a.code != 0)
		snprintf(why, 512, "%.*s", (int)strcspn(a.err.data, "\r\n"), a.err.data);
	else if ((text = strdup(a.out.data)) == NULL)
		snprintf(why, 512, "out of memory");
	answer_free(&a);
	return text;
}
