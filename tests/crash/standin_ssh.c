/* SPDX-License-Identifier: ISC */
/*
 * A stand-in for ssh(1), where ssh is not the thing tested: it becomes what the
 * connection would lead to. With -W, as bijk-push uses it, that is bijk-recv;
 * with the command "pull" it is bijk-login. Their programs and configurations
 * lie in HOME: bin/, master.yml, plugins.yml. The limit of what ssh may write
 * is not theirs.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *home = getenv("HOME");
	char program[PATH_MAX], config[PATH_MAX];
	struct rlimit files;
	int push = 0;

	getrlimit(RLIMIT_FSIZE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_FSIZE, &files);
	for (int i = 1; i < argc; i++)
		push |= strcmp(argv[i], "-W") == 0;
	snprintf(program, sizeof(program), "%s/bin/%s", home, push ? "bijk-recv" : "bijk-login");
	snprintf(config, sizeof(config), "%s/%s", home, push ? "master.yml" : "plugins.yml");
	if (push)
		execl(program, "bijk-recv", "-f", config, (char *)NULL);
	else if (argc > 1 && strcmp(argv[argc - 1], "pull") == 0)
		execl(program, "bijk-login", "-f", config, "-c", "pull", (char *)NULL);
	return 255;
}
