/* SPDX-License-Identifier: ISC */
#include "common/trust/trustfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/trust/authorized.h"

#include "common/base/banned.h"

static int failed(struct fail *f, const char *what, const char *path)
{
	return fail_set(f, ERR_NONE, EX_CANTCREAT, "%s %s: %s", what, path, strerror(errno));
}

/* Is the file other than this text, or its mode? -1: errno. */
static int differs(int dir, const char *path, const struct buf *want)
{
	struct buf old = BUF_INIT(TRUSTFILE_MAX);
	struct stat st;
	int rc;

	if (file_read(dir, path, &old) == -1)
		rc = errno == ENOENT ? want->len > 0 : -1;
	else
		rc = old.len != want->len ||
		    (old.len > 0 && memcmp(old.data, want->data, old.len) != 0) ||
		    fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    (st.st_mode & 07777) != 0600;
	buf_free(&old);
	return rc;
}

static int settle(int dir, const char *path, const struct buf *want, bool change, struct fail *f)
{
	int rc = differs(dir, path, want);

	if (rc == -1)
		return failed(f, "reading", path);
	if (rc == 1 && change &&
	    file_replace(dir, path, want->data, want->len, 0600, FILE_DURABLE) == -1)
		return failed(f, "writing", path);
	return rc;
}

int trustfiles_known_hosts(int state, const struct buf *text, bool change, struct fail *f)
{
	return settle(state, "known_hosts", text, change, f);
}

/* In .ssh, which is there. */
static int settle_lines(int ssh, const struct buf *ours, bool change, struct fail *f)
{
	struct buf old = BUF_INIT(TRUSTFILE_MAX), want = BUF_INIT(TRUSTFILE_MAX);
	int rc;

	if (file_read(ssh, "authorized_keys", &old) == -1 && errno != ENOENT)
		rc = failed(f, "reading", ".ssh/authorized_keys");
	else if (authorized_merge(&want, old.data, old.len, ours->data) == -1)
		rc = failed(f, "making", ".ssh/authorized_keys");
	else
		rc = settle(ssh, "authorized_keys", &want, change, f);
	buf_free(&old);
	buf_free(&want);
	return rc;
}

int trustfiles_authorized(int state, const struct buf *ours, bool change, struct fail *f)
{
	int ssh = dir_open(state, ".ssh");
	struct stat st;
	int rc;

	if (ssh == -1 && errno == ENOENT) {
		if (ours->len == 0 || !change)
			return ours->len > 0;
		ssh = dir_make(state, ".ssh", 0700);
	}
	/* sshd takes no key from a directory that others can write to. */
	if (ssh == -1 || fstat(ssh, &st) == -1 ||
	    (change && (st.st_mode & 07777) != 0700 && fchmod(ssh, 0700) == -1))
		rc = failed(f, "opening", ".ssh");
	else
		rc = settle_lines(ssh, ours, change, f);
	close_fd(ssh);
	return rc;
}
