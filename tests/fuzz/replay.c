/* SPDX-License-Identifier: ISC */
/* In libFuzzer's place, where it is not to be had: runs the files and
 * directories that it is given, once. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned long runs;

static void run_file(const char *path)
{
	struct buf b = BUF_INIT(1 << 22);
	uint8_t *exact;

	require(file_read(AT_FDCWD, path, &b) == 0);
	exact = malloc(b.len + 1);
	require(exact != NULL);
	if (b.len > 0)
		memcpy(exact, b.data, b.len);
	LLVMFuzzerTestOneInput(exact, b.len);
	runs++;
	free(exact);
	buf_free(&b);
}

static void run_path(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (d == NULL) {
		run_file(path);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		char *inner = path_join(path, e->d_name);
		require(inner != NULL);
		if (e->d_name[0] != '.')
			run_file(inner);
		free(inner);
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-')
			run_path(argv[i]);
	}
	fprintf(stderr, "stat::number_of_executed_units: %lu\n", runs);
	return 0;
}
