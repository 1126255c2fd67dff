/* SPDX-License-Identifier: ISC */
/*
 * No option is left to the user, the machine or the other side: every such
 * option is named, and the first -o wins over a file given with -F. That file
 * only says how to reach the other side: ProxyJump, ProxyCommand, and the
 * settings of the jump host itself.
 */
#include "common/ssh/ssh.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/buf.h"

#include "common/base/banned.h"

static const char *const fixed_options[] = {
	"IdentitiesOnly=yes", "IdentityAgent=none", "CertificateFile=none", "BatchMode=yes",
	"PreferredAuthentications=publickey", "NumberOfPasswordPrompts=0",
	"StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null", "CheckHostIP=no",
	"UpdateHostKeys=no", "VerifyHostKeyDNS=no", "CanonicalizeHostname=no",
	"PermitLocalCommand=no", "ForwardAgent=no", "ForwardX11=no", "Tunnel=no",
	"ConnectionAttempts=1", "ServerAliveInterval=15", "ServerAliveCountMax=3", "Compression=no",
	"LogLevel=DEBUG1", /* the default level hides MaxStartups and penalties */
};

static void add_option(struct argv *a, const char *text)
{
	argv_add(a, "-o");
	argv_add(a, text);
}

/* ssh expands % in a file name, and splits an -o at spaces out of quotes. */
static void add_path_option(struct argv *a, const char *name, const char *path, const char *behind)
{
	bool quote = strpbrk(path, " \t\"'\\#") != NULL;
	struct buf b = BUF_INIT(8192);

	buf_addf(&b, "%s=%s", name, quote ? "\"" : "");
	for (const char *p = path; *p != '\0'; p++) {
		if (*p == '%')
			buf_adds(&b, "%");
		else if (quote && (*p == '"' || *p == '\\'))
			buf_adds(&b, "\\");
		buf_add(&b, p, 1);
	}
	buf_addf(&b, "%s%s", behind, quote ? "\"" : "");
	add_option(a, b.data != NULL ? b.data : "");
	a->failed |= !buf_ok(&b);
	buf_free(&b);
}

/* -i looks for the file before it expands the name. */
static void add_identity(struct argv *a, const char *path)
{
	if (strchr(path, '%') != NULL) {
		add_path_option(a, "IdentityFile", path, "");
		return;
	}
	argv_add(a, "-i");
	argv_add(a, path);
}

static void add_control(struct argv *a, const struct ssh_target *t)
{
	if (t->control_dir == NULL) {
		add_option(a, "ControlMaster=no");
		add_option(a, "ControlPath=none");
		return;
	}
	add_option(a, "ControlMaster=auto");
	add_path_option(a, "ControlPath", t->control_dir, "/%C");
	argv_add(a, "-o");
	argv_addf(a, "ControlPersist=%" PRIu64, t->control_seconds);
}

void ssh_begin(struct argv *a, const struct ssh_target *t)
{
	argv_add(a, t->ssh);
	argv_add(a, "-F");
	argv_add(a, t->ssh_config);
	argv_add(a, "-T");
	argv_add(a, "-a");
	argv_add(a, "-x");
	argv_add(a, "-e");
	argv_add(a, "none");
	argv_add(a, "-p");
	argv_addf(a, "%u", (unsigned)t->port);
	argv_add(a, "-l");
	argv_add(a, t->user);
	for (size_t i = 0; i < sizeof(t->identity) / sizeof(t->identity[0]); i++) {
		if (t->identity[i] != NULL)
			add_identity(a, t->identity[i]);
	}
	for (size_t i = 0; i < sizeof(fixed_options) / sizeof(fixed_options[0]); i++)
		add_option(a, fixed_options[i]);
	/* Only that file can name a jump host. */
	if (strcmp(t->ssh_config, "none") == 0)
		add_option(a, "ProxyCommand=none");
	add_path_option(a, "UserKnownHostsFile", t->known_hosts, "");
	argv_option(a, "HostKeyAlias", t->alias);
	add_control(a, t);
	argv_add(a, "-o");
	argv_addf(a, "ConnectTimeout=%" PRIu64, t->connect_seconds);
}

void ssh_end(struct argv *a, const struct ssh_target *t, const char *command)
{
	argv_add(a, "--");
	argv_add(a, t->host);
	if (command != NULL)
		argv_add(a, command);
}
