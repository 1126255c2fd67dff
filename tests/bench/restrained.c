/* SPDX-License-Identifier: ISC */
/*
 * What a program that the kernel restricts takes at the least: `true`, linked
 * statically, with a seccomp filter of as many instructions as that of
 * bijk-login and one Landlock rule. Its filter allows everything; it is there
 * to be loaded. usage: restrained DIR
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INSTRUCTIONS 62

static int landlock(const char *dir)
{
	struct landlock_ruleset_attr all = { .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE |
		    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_READ_DIR };
	int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	struct landlock_path_beneath_attr beneath = { .allowed_access =
							  LANDLOCK_ACCESS_FS_READ_FILE };

	if (rules == -1)
		return -1;
	beneath.parent_fd = open(dir, O_PATH | O_CLOEXEC);
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == -1)
		return -1;
	close(beneath.parent_fd);
	return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

/* The first instruction spares the kernel's search for calls that are always
 * allowed, as in callfilter.c. */
static int filter(void)
{
	struct sock_filter f[INSTRUCTIONS];
	struct sock_fprog program = { INSTRUCTIONS, f };

	f[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0);
	f[1] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	for (unsigned i = 2; i < INSTRUCTIONS - 1; i++)
		f[i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1000 + i, 0, 0);
	f[INSTRUCTIONS - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	return argc != 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    landlock(argv[1]) == -1 || filter() == -1;
}
