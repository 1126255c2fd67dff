/* SPDX-License-Identifier: ISC */
#include "tests/crash/world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"

#define HASH_REST "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\n"
#define HASH "5" HASH_REST
#define HOST_KEY                                                                                   \
	"ssh-ed25519 "                                                                             \
	"AAAAC3NzaC1lZDI1NTE5AAAAIFpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpa\n"
#define CARD                                                                                       \
	"BIJKCARD 1 node\nNODE n3\nADDRESS 192.0.2.3\nPORT 22\nKEY " HOST_KEY "HOSTKEY " HOST_KEY  \
	"HASH a" HASH_REST "END\n"
#define WORDS_MAX 24

__attribute__((format(printf, 3, 4))) static int write_file(
    const struct world *w, const char *name, const char *fmt, ...)
{
	char path[256], text[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "%s/%s", w->top, name);
	return file_replace(AT_FDCWD, path, text, (size_t)n, 0600, FILE_UNSYNCED);
}

static int make_dir(const struct world *w, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", w->top, name);
	return mkdir(path, 0700);
}

static int make_link(const struct world *w, const char *build, const char *to, const char *name)
{
	char target[PATH_MAX], path[256];

	snprintf(target, sizeof(target), "%s/%s", build, to);
	snprintf(path, sizeof(path), "%s/%s", w->top, name);
	return symlink(target, path);
}

/* A port of the loopback that nobody else has. */
static int listen_somewhere(uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&a, len) == -1 || listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1 || set_nonblocking(fd) == -1)
		return -1;
	*port = ntohs(a.sin_port);
	return fd;
}

int world_make(struct world *w, const char *top, const char *build, uint64_t seed)
{
	uint16_t port;

	*w = (struct world){ .listen = -1, .said = -1 };
	snprintf(w->top, sizeof(w->top), "%s", top);
	w->journal = (struct journal){ .seed = seed };
	if (mkdir(top, 0700) == -1)
		return -1;
	w->listen = listen_somewhere(&port);
	w->said = memfd_create("said", MFD_CLOEXEC);
	if (w->listen == -1 || w->said == -1 || asprintf(&w->env[0], "HOME=%s", top) == -1 ||
	    (w->env[1] = strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin")) == NULL)
		return -1;
	return make_dir(w, "now") == -1 || make_dir(w, "now/node") == -1 ||
		make_dir(w, "now/master") == -1 || make_link(w, build, "bin", "bin") == -1 ||
		make_link(w, build, "tests/crash", "tools") == -1 ||
		write_file(w, "hash", HASH) == -1 ||
		write_file(w, "hash-n2", "b" HASH_REST) == -1 ||
		write_file(w, "host_key.pub", HOST_KEY) == -1 ||
		write_file(w, "card", CARD) == -1 ||
		write_file(w, "plugins.yml",
		    /* With a port, sshd is not asked for its own: its calls are
		     * none of ours. */
		    "node:\n  name: n1\n  address: 127.0.0.1\n  port: 22\n"
		    "  state: %s/now/node\n  hash: %s/hash\n  host_keys: %s/host_key.pub\n"
		    "sender:\n  masters: [127.0.0.1]\n  register_port: %u\n  local: stdio\n"
		    "  ssh: %s/tools/standin_ssh\n  timeout: 20\n"
		    "spool:\n  min_free: 0\n  max_size: 32M\n",
		    top, top, top, port, top) == -1 ||
		write_file(w, "master.yml",
		    "master:\n  name: m1\n  state: %s/now/master\n  host_keys: %s/host_key.pub\n"
		    "pull:\n  ssh: %s/tools/standin_ssh\n  timeout: 20\npush:\n  min_period: 0\n"
		    "archive:\n  max_age: 1d\n",
		    top, top, top) == -1
	    ? -1
	    : 0;
}

void world_free(struct world *w)
{
	journal_free(&w->journal);
	close_fd(w->listen);
	close_fd(w->said);
	free(w->env[0]);
	free(w->env[1]);
}

/* --- Running --- */

struct line {
	char *v[WORDS_MAX + 1];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void word(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (l->n < WORDS_MAX && vasprintf(&l->v[l->n], fmt, ap) != -1)
		l->n++;
	va_end(ap);
}

static void program(const struct world *w, struct line *l, const char *name, const char *config)
{
	word(l, "%s/bin/%s", w->top, name);
	word(l, "-f");
	word(l, "%s/%s", w->top, config);
}

static void with_listener(const struct world *w, struct line *l)
{
	word(l, "%s/tools/standin_listen", w->top);
	word(l, "%s/bin/bijk-keyrecv", w->top);
	word(l, "%s/master.yml", w->top);
	program(w, l, "bijk-keyreg", "plugins.yml");
}

static void add_words(struct line *l, const char *words)
{
	char copy[256], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *s = strtok_r(copy, " ", &save); s != NULL; s = strtok_r(NULL, " ", &save))
		word(l, "%s", s);
}

static void make_line(const struct world *w, const struct command *c, struct line *l)
{
	switch (c->what) {
	case PUT:
	case PUT_LINES:
		program(w, l, "bijk-put", "plugins.yml");
		if (c->what == PUT_LINES)
			word(l, "-l");
		break;
	case PULL:
		program(w, l, "bijk-pull", "master.yml");
		word(l, "n1");
		break;
	case PUSH:
		program(w, l, "bijk-push", "plugins.yml");
		word(l, "--now");
		break;
	case ROTATE:
	case REGISTER:
		with_listener(w, l);
		if (c->what == ROTATE)
			word(l, "--rotate");
		break;
	case MASTER:
		program(w, l, "bijk-master", "master.yml");
		add_words(l, c->args);
		break;
	case END: break;
	}
}

/* Connections that nobody took: of a run that was killed. */
static void forget_connections(const struct world *w)
{
	int fd;

	while ((fd = accept4(w->listen, NULL, NULL, SOCK_CLOEXEC)) != -1)
		close(fd);
}

static int run_line(struct world *w, const struct command *c, int in, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r)
{
	struct trace_io io = { .in = in, .out = -1, .err = w->said, .listen = -1, .env = w->env };
	struct line l = { .n = 0 };
	int rc;

	if (c->what == REGISTER || c->what == ROTATE)
		io.listen = w->listen;
	make_line(w, c, &l);
	rc = trace_run(l.v, &io, p, each, arg, r);
	for (size_t i = 0; i < l.n; i++)
		free(l.v[i]);
	if (io.listen != -1)
		forget_connections(w);
	return rc;
}

static int input_of(
    const struct journal *j, enum payload_form form, uint64_t first, uint64_t count, size_t size)
{
	struct buf b = BUF_INIT(1u << 30);
	int fd = memfd_create("input", MFD_CLOEXEC), rc = fd == -1 ? -1 : 0;

	for (uint64_t n = first; rc == 0 && n < first + count; n++) {
		rc = payload_make(&b, j->seed, n, form, size);
		if (rc == 0 && form == PAYLOAD_LINE)
			rc = buf_adds(&b, "\n");
	}
	if (rc == 0 && (write_full(fd, b.data, b.len) == -1 || lseek(fd, 0, SEEK_SET) == -1))
		rc = -1;
	buf_free(&b);
	if (rc == -1)
		close_fd(fd);
	return rc == -1 ? -1 : fd;
}

static int put(struct world *w, const struct command *c, uint64_t count, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r)
{
	uint64_t first = w->journal.last + 1;
	int in = input_of(
	    &w->journal, c->what == PUT ? PAYLOAD_BYTES : PAYLOAD_LINE, first, count, c->size);
	int rc = in == -1 ? -1 : journal_mark(&w->journal, JOURNAL_MADE, first, count);

	if (rc == 0)
		rc = run_line(w, c, in, p, each, arg, r);
	if (rc == 0 && r->code == 0)
		rc = journal_mark(&w->journal, JOURNAL_STORED, first, count);
	close_fd(in);
	return rc;
}

/* Several programs, counted as one. */
static int put_each(struct world *w, const struct command *c, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r)
{
	struct trace_plan left = *p;
	uint64_t calls = 0, durable = 0;
	int rc = 0;

	r->code = 0;
	for (uint64_t i = 0; rc == 0 && i < c->count && (i == 0 || (r->code == 0 && !r->hit));
	     i++) {
		rc = put(w, c, 1, &left, each, arg, r);
		calls += r->calls;
		durable = durable * 31 + r->durable;
		if (left.at != 0)
			left.at = left.at > r->calls ? left.at - r->calls : UINT64_MAX;
	}
	r->calls = calls;
	r->durable = durable;
	return rc;
}

int world_run(struct world *w, const struct command *c, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r)
{
	char path[256];
	int in = -1, rc;

	if (c->what == PUT)
		return put_each(w, c, p, each, arg, r);
	if (c->what == PUT_LINES)
		return put(w, c, c->count, p, each, arg, r);
	if (c->input != NULL) {
		snprintf(path, sizeof(path), "%s/%s", w->top, c->input);
		in = open(path, O_RDONLY | O_CLOEXEC);
		if (in == -1)
			return -1;
	}
	rc = run_line(w, c, in, p, each, arg, r);
	close_fd(in);
	return rc;
}

void world_hush(struct world *w)
{
	(void)!ftruncate(w->said, 0);
	lseek(w->said, 0, SEEK_SET);
}

void world_words(const struct world *w, char *out, size_t size)
{
	off_t end = lseek(w->said, 0, SEEK_END);
	off_t from = end > (off_t)size - 1 ? end - (off_t)size + 1 : 0;
	ssize_t n = pread_full(w->said, out, size - 1, from);

	out[n > 0 ? n : 0] = '\0';
}
