/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/sshd_facts.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/process.h"

#include "common/base/banned.h"

#define SSHD_PID_FILE "/run/sshd.pid"

/* Its title has them between its path and "[listener]". */
static void take_options(struct sshd_facts *s)
{
	char title[PROCESS_ARGV_MAX + 1] = "", *word[64], *save = NULL, *begin, *end;
	size_t used = 0;
	int n = 0, c;

	for (size_t i = 0; i + 1 < s->process.argv_len && i < PROCESS_ARGV_MAX; i++)
		title[i] = s->process.argv[i] == '\0' ? ' ' : s->process.argv[i];
	begin = strstr(title, "/sshd ");
	if ((end = strstr(title, " [listener]")) != NULL)
		*end = '\0';
	for (char *w = begin != NULL ? strtok_r(begin, " ", &save) : NULL; w != NULL && n < 63;
	     w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	word[n] = NULL;
	optind = 0;
	opterr = 0;
	while ((c = getopt(n, word, "46dDeqiGtTb:c:C:E:f:g:h:k:o:p:u:V")) != -1) {
		if (c == 'f')
			snprintf(s->config, sizeof(s->config), "%s", optarg);
		if (strchr("fohpcu46", c) != NULL && used < sizeof(s->options))
			used += (size_t)snprintf(s->options + used, sizeof(s->options) - used,
			    "-%c %s ", c, optarg != NULL ? optarg : "");
	}
}

static int usual_pid(void)
{
	FILE *f = fopen(SSHD_PID_FILE, "re");
	int pid = 0;

	if (f != NULL && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f != NULL)
		fclose(f);
	return pid;
}

/* The machine's own has written its number to the usual file; another may be
 * somebody's experiment. The port; 0: none. */
static uint16_t find_listening(struct process *best)
{
	static struct listener v[LISTENERS_MAX];
	size_t n = listeners(v);
	int usual = usual_pid();
	uint16_t port = 0;

	for (size_t i = 0; i < n; i++) {
		struct process p;

		if (!listener_owner(&v[i], &p) || !p.here || !p.roots || p.exe[0] == '\0' ||
		    !process_executes(&p, SSHD_PROGRAM) ||
		    (port != 0 && (p.pid != usual || best->pid == usual)))
			continue;
		*best = p;
		port = v[i].port;
	}
	return port;
}

/* A reload runs it anew in the same process, which writes the file with its
 * number again. */
static void find_newer(struct sshd_facts *s)
{
	int64_t read = s->process.started;
	char pattern[300];
	struct stat st;
	glob_t g;

	if (stat(SSHD_PID_FILE, &st) == 0 && st.st_mtime > read)
		read = st.st_mtime;
	if (stat(s->config, &st) == 0 && st.st_mtime > read)
		snprintf(s->newer, sizeof(s->newer), "%s", s->config);
	snprintf(pattern, sizeof(pattern), "%s.d/*.conf", s->config);
	if (glob(pattern, 0, NULL, &g) != 0)
		return;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		if (stat(g.gl_pathv[i], &st) == 0 && st.st_mtime > read)
			snprintf(s->newer, sizeof(s->newer), "%s", g.gl_pathv[i]);
	}
	globfree(&g);
}

void sshd_facts_of(struct sshd_facts *s, const struct process *p, uint16_t port)
{
	*s = (struct sshd_facts){ .there = true, .runs = true, .process = *p, .port = port };
	snprintf(s->config, sizeof(s->config), "%s", SSHD_CONFIG);
	take_options(s);
	find_newer(s);
	sshd_reload_command(s->reload, p->pid);
	/* No init system knows of this one. */
	if (p->pid != usual_pid() && strcmp(s->config, SSHD_CONFIG) != 0)
		snprintf(s->reload, sizeof(s->reload),
		    "pkill -HUP -f '^sshd: .* -f %s .*\\[listener\\]'", s->config);
}

void sshd_facts_gather(struct sshd_facts *s)
{
	struct process p;

	*s = (struct sshd_facts){ .there = access(SSHD_PROGRAM, X_OK) == 0 };
	snprintf(s->config, sizeof(s->config), "%s", SSHD_CONFIG);
	s->port = find_listening(&p);
	if (s->port != 0)
		sshd_facts_of(s, &p, s->port);
	else
		sshd_reload_command(s->reload, 0);
}
