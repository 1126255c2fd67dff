/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/doctor.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/shellword.h"
#include "common/base/file.h"
#include "common/base/io.h"

#include "common/base/banned.h"

uint16_t doctor_ssh_port(const struct doctor *d)
{
	if (d->node.port != 0)
		return (uint16_t)d->node.port;
	/* What the masters were told, for that is where they come. */
	for (size_t i = 0; i < d->node.masters.n && i < FACTS_MASTERS; i++) {
		if (d->facts.master[i].port != 0)
			return (uint16_t)d->facts.master[i].port;
	}
	return 22;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/') &&
	    strstr(path, "/../") == NULL;
}

void doctor_mend_owner(struct doctor *d, const char *user, const char *path)
{
	const char *word = shell_word(path);

	if (is_below(path, NODE_STATE) || is_below(path, MASTER_STATE))
		report_mend(d->report, "chown -R %s:%s %s", user, user, word);
	else
		report_note(d->report,
		    "is %s.state in %s the right directory, and nobody else's? then: chown -R "
		    "%s:%s %s",
		    d->is_master ? "master" : "node", d->config_path, user, user, word);
}

void doctor_look_inside(
    struct doctor *d, const char *what, const char *path, const char *user, uid_t owner)
{
	int fd = dir_open(AT_FDCWD, path);
	DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *e;
	struct stat st;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, ".") == 0 ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    st.st_uid == owner)
			continue;
		report_found(d->report, VERDICT_FAIL, what,
		    "%s/%s belongs to user ID %u, not to %s", path, e->d_name, (unsigned)st.st_uid,
		    user);
		doctor_mend_owner(d, user, path);
		break;
	}
	if (dir != NULL)
		closedir(dir);
	else
		close_fd(fd);
}
