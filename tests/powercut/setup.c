/* SPDX-License-Identifier: ISC */
/* What a scene consists of before its first life: files, configuration, and the templates. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "tests/powercut/scene.h"

#define PORT 50010 /* in a network of our own */

static int write_file(const struct scene *s, const char *name, const char *text)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return file_replace(AT_FDCWD, path, text, strlen(text), 0600, FILE_UNSYNCED);
}

static int write_configuration(const struct scene *s)
{
	char text[2048];

	snprintf(text, sizeof(text),
	    "node:\n  name: n1\n  address: 127.0.0.1\n  port: 22\n  host_keys: %s/hostkey.pub\n"
	    "  state: %s/node/state\n  hash: %s/hash\n"
	    "sender:\n  masters: [127.0.0.1]\n  register_port: %d\n  local: stdio\n  ssh: %s/ssh\n"
	    "  timeout: 10\nspool:\n  min_free: 0\n",
	    s->dir, s->dir, s->dir, PORT, s->dir);
	if (write_file(s, "plugins.yml", text) == -1)
		return -1;
	snprintf(text, sizeof(text),
	    "master:\n  name: m1\n  state: %s/master/state\n  host_keys: %s/hostkey.pub\n"
	    "pull:\n  ssh: %s/ssh\n  timeout: 10\npush:\n  min_period: 0\n",
	    s->dir, s->dir, s->dir);
	return write_file(s, "master.yml", text);
}

/* A hash that only this run has is not needed: nobody else reaches the scene. */
static int write_hash(const struct scene *s, const char *name, int first)
{
	char hash[66];

	for (int i = 0; i < 64; i++)
		hash[i] = "0123456789abcdef"[(i * 7 + first) % 16];
	hash[64] = '\n';
	hash[65] = '\0';
	return write_file(s, name, hash);
}

int setup_files(struct scene *s, const char *build)
{
	char path[300], target[300];

	snprintf(s->bin, sizeof(s->bin), "%s/bin", build);
	snprintf(path, sizeof(path), "%s/bin", s->dir);
	if (symlink(s->bin, path) == -1)
		return -1;
	snprintf(target, sizeof(target), "%s/tests/powercut/ssh", build);
	snprintf(path, sizeof(path), "%s/ssh", s->dir);
	if (symlink(target, path) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/log", s->dir);
	s->jobs.log = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (s->jobs.log == -1 || write_hash(s, "hash", 3) == -1 ||
	    write_hash(s, "other_hash", 4) == -1)
		return -1;
	return write_configuration(s);
}

/* The loopback of a new network is down. */
int setup_network(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = fd == -1 ? -1 : ioctl(fd, SIOCSIFFLAGS, &r);

	close_fd(fd);
	return rc;
}

/* --- The listener of the registrations, as inetd would be it --- */

static void listen_for_ever(void *arg)
{
	const struct scene *s = arg;
	char program[300], config[300];

	signal(SIGCHLD, SIG_IGN);
	snprintf(program, sizeof(program), "%s/bin/bijk-keyrecv", s->dir);
	snprintf(config, sizeof(config), "%s/master.yml", s->dir);
	for (;;) {
		int fd = accept(s->listen, NULL, NULL);

		if (fd != -1 && fork() == 0) {
			dup2(fd, STDIN_FILENO);
			dup2(fd, STDOUT_FILENO);
			close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
			execl(program, program, "-f", config, NULL);
			_exit(127);
		}
		close_fd(fd);
	}
}

/* The socket is the listener's alone: with the master's power it is gone, and who calls is refused. */
void listener_start(struct scene *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
		.sin_port = htons(PORT) };
	int on = 1;

	s->listen = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listen == -1 ||
	    setsockopt(s->listen, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(s->listen, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(s->listen, 16) == -1 ||
	    jobs_start_service(&s->jobs, "listener", listen_for_ever, s) == -1)
		scene_wrong(s, "starting the listener: %s", strerror(errno));
	close_fd(s->listen);
	s->listen = -1;
}

/* --- Templates --- */

void setup_copy(struct scene *s, const char *from, const char *to)
{
	const char *argv[] = { "/bin/cp", "-a", from, to, NULL };

	if (!scene_do(s, argv, -1, false))
		scene_wrong(s, "cp -a %s %s fails", from, to);
}

/* One program's output, a card, is the other's input. */
static void exchange_cards(struct scene *s)
{
	char program[4][320], config[2][300], card[300];
	int fd;

	snprintf(card, sizeof(card), "%s/card", s->dir);
	snprintf(program[0], sizeof(program[0]), "%s/bijk-keyreg", s->bin);
	snprintf(program[1], sizeof(program[1]), "%s/bijk-master", s->bin);
	snprintf(config[0], sizeof(config[0]), "%s/plugins.yml", s->dir);
	snprintf(config[1], sizeof(config[1]), "%s/master.yml", s->dir);
	{
		const char *node_out[] = { program[0], "-f", config[0], "--export", NULL };
		const char *master_in[] = { program[1], "-f", config[1], "import", "n1", card,
			NULL };
		const char *master_out[] = { program[1], "-f", config[1], "export", NULL };
		const char *node_in[] = { program[0], "-f", config[0], "--import", card, NULL };

		fd = open(card, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (!scene_do(s, node_out, fd, false) || !scene_do(s, master_in, -1, false))
			scene_wrong(s, "the node's card does not reach the master");
		(void)!ftruncate(fd, 0);
		lseek(fd, 0, SEEK_SET);
		if (!scene_do(s, master_out, fd, false) || !scene_do(s, node_in, -1, false))
			scene_wrong(s, "the master's card does not reach the node");
		close_fd(fd);
	}
}

static void keep_template(struct scene *s, enum template t)
{
	char from[300], to[300];
	static const char *const sides[] = { "node", "master" };

	snprintf(to, sizeof(to), "%s/template", s->dir);
	mkdir(to, 0700);
	snprintf(to, sizeof(to), "%s/template/%d", s->dir, (int)t);
	mkdir(to, 0700);
	for (size_t i = 0; i < 2; i++) {
		snprintf(to, sizeof(to), "%s/template/%d/%s", s->dir, (int)t, sides[i]);
		mkdir(to, 0700);
		snprintf(from, sizeof(from), "%s/%s/state", s->dir, sides[i]);
		setup_copy(s, from, to);
	}
	snprintf(from, sizeof(from), "%s/journal", s->dir);
	if (access(from, F_OK) == 0) {
		snprintf(to, sizeof(to), "%s/template/%d", s->dir, (int)t);
		setup_copy(s, from, to);
	}
}

void setup_templates(struct scene *s)
{
	static const enum step full[] = { STEP_REGISTER, STEP_LARGE, STEP_NONE };
	char path[300];

	snprintf(path, sizeof(path), "%s/hostkey", s->dir);
	{
		const char *argv[] = { "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
			"", "-f", path, NULL };
		if (!scene_do(s, argv, -1, false))
			scene_wrong(s, "ssh-keygen fails");
	}
	snprintf(path, sizeof(path), "%s/node/state", s->dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/master/state", s->dir);
	mkdir(path, 0700);
	exchange_cards(s);
	keep_template(s, PLAIN);
	scene_run(s, full, NULL);
	keep_template(s, FULL);
}
