/* SPDX-License-Identifier: ISC */
/*
 * Stands in for ssh between the node and the master of this layer: a session needs the programs at both ends
 * and two descriptors between them, and no network, keys or sshd. Started as DIR/ssh; with -W it is the way to
 * bijk-recv, else to bijk-login. The machine at the other end does not lose its power with ours, so what
 * ends us when our parent ends is taken away; and so is the limit of what ssh may write.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char dir[256], program[300], config[300];
	struct rlimit files;
	char *slash;
	int push = 0;

	getrlimit(RLIMIT_FSIZE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_FSIZE, &files);
	prctl(PR_SET_PDEATHSIG, 0);
	setsid();
	snprintf(dir, sizeof(dir), "%s", argc > 0 ? argv[0] : "");
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return 255;
	*slash = '\0';
	for (int i = 1; i < argc; i++)
		push |= strcmp(argv[i], "-W") == 0;
	snprintf(program, sizeof(program), "%s/bin/%s", dir, push ? "bijk-recv" : "bijk-login");
	snprintf(config, sizeof(config), "%s/%s", dir, push ? "master.yml" : "plugins.yml");
	execl(program, program, "-f", config, push ? NULL : "-c", "pull", NULL);
	return 255;
}
