/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/service.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"

#include "common/base/banned.h"

static const char *const sshd_names[] = { "ssh", "sshd", NULL };
static const char *const cron_names[] = { "cron", "cronie", "crond", NULL };

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The first name under which a file of the service lies in one of these
 * directories; NULL: none. */
static const char *named_in(const char *const dirs[], const char *const names[], const char *ending)
{
	char path[PATH_MAX];

	for (; *names != NULL; names++) {
		for (size_t d = 0; dirs[d] != NULL; d++) {
			snprintf(path, sizeof(path), "%s/%s%s", dirs[d], *names, ending);
			if (there(path))
				return *names;
		}
	}
	return NULL;
}

static const char *unit(const char *ending, const char *const names[])
{
	static const char *const dirs[] = { "/etc/systemd/system", "/lib/systemd/system",
		"/usr/lib/systemd/system", NULL };

	return there("/run/systemd/system") ? named_in(dirs, names, ending) : NULL;
}

/* `names`: the service under the names of several systems, ended by NULL;
 * `program`: what to run where no init system knows any of them. */
static void start_command(char out[COMMAND_MAX], const char *const names[], const char *program)
{
	static const char *const scripts[] = { "/etc/init.d", NULL };
	const char *name = unit(".service", names);

	if (name != NULL)
		snprintf(out, COMMAND_MAX, "systemctl enable --now %s", name);
	else if ((name = named_in(scripts, names, "")) != NULL && there("/run/openrc"))
		snprintf(out, COMMAND_MAX, "rc-update add %s && rc-service %s start", name, name);
	else if (name != NULL && there("/usr/sbin/service"))
		snprintf(out, COMMAND_MAX, "service %s start", name);
	else
		snprintf(out, COMMAND_MAX, "%s", program);
}

void sshd_start_command(char out[COMMAND_MAX])
{
	start_command(out, sshd_names, "/usr/sbin/sshd");
}

void cron_start_command(char out[COMMAND_MAX])
{
	start_command(out, cron_names, "cron");
}

bool unit_is_active(const char *name)
{
	static const char *const systemctl[] = { "/usr/bin/systemctl", "/bin/systemctl", NULL };
	const char *program = first_program(systemctl);
	struct answer a;
	bool active;

	if (program == NULL)
		return false;
	active =
	    ask(&a, (const char *const[]){ program, "--quiet", "is-active", name, NULL }) == 0 &&
	    a.code == 0;
	answer_free(&a);
	return active;
}

/* Sockets of systemd start it: it has theirs. */
static bool socket_is_active(const char *name)
{
	char socket[64];

	snprintf(socket, sizeof(socket), "%s.socket", name);
	return unit_is_active(socket);
}

void sshd_reload_command(char out[COMMAND_MAX], pid_t pid)
{
	const char *name = unit(".service", sshd_names), *socket = unit(".socket", sshd_names);

	/* One that systemd's socket started loses that socket when it reloads.
	 * Sessions outlive a restart. */
	if (name != NULL)
		snprintf(out, COMMAND_MAX, "systemctl %s %s",
		    socket != NULL && (pid == 0 || socket_is_active(socket)) ? "try-restart"
									     : "reload",
		    name);
	else if (pid != 0)
		snprintf(out, COMMAND_MAX, "kill -HUP $(cat /run/sshd.pid)");
	else
		sshd_start_command(out);
}
