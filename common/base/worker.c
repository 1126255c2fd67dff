/* SPDX-License-Identifier: ISC */
#include "common/base/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/start.h"

#include "common/base/banned.h"

void *worker_memory(size_t size)
{
	/* cppcheck-suppress invalidFunctionArg */
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	return p;
}

int worker_run(int (*work)(void *arg), void *arg, unsigned seconds)
{
	pid_t parent = getpid(), pid = fork(), ended;
	int status;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		start_limit_lifetime(seconds);
		_exit(work(arg));
	}
	if (pid == -1)
		return -1;
	do
		ended = waitpid(pid, &status, 0);
	while (ended == -1 && errno == EINTR);
	if (ended == -1)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
