/* SPDX-License-Identifier: ISC */
/*
 * The command line of bijk-login, from whoever holds the pull key. First byte:
 * bit 0 SSH_ORIGINAL_COMMAND is set; then strings ended by NUL: that one, then
 * argv. Only one thing is ever answered.
 */
#include <setjmp.h>
#include <stdlib.h>

/* A refusal ends the program; here it goes back to the harness. */
_Noreturn static void leave(int code);
int login_main(int argc, char **argv);
#define exit leave
#define main login_main
#include "bijk-login/bijk-login.c"
#undef main
#undef exit

#include "tests/fuzz/fuzz.h"

#define ARGS_MAX 12

enum { ANSWERED, REFUSED, OTHER_FILE };
static const char *const goals[] = { "answered", "refused", "another configuration", NULL };

static jmp_buf back;

static void leave(int code)
{
	require(code == EX_NOPERM);
	longjmp(back, 1);
}

/* "-c pull" at the end, and before it nothing but -v and -f FILE: said by hand,
 * from the end. */
static bool is_pull(int argc, char *const *argv)
{
	bool file = false;

	if (argc < 3 || strcmp(argv[argc - 1], "pull") != 0 || strcmp(argv[argc - 2], "-c") != 0 ||
	    argv[0][0] == '-')
		return false;
	for (int i = 1; i < argc - 2; i++) {
		if (!file && strcmp(argv[i], "-f") == 0)
			file = true;
		else if (file)
			file = false;
		else if (strcmp(argv[i], "-v") != 0)
			return false;
	}
	return !file;
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	unsigned how = input_byte(&in);
	char *asked = input_string(&in), *args[ARGS_MAX + 1] = { NULL };
	const char *volatile file = NULL;
	int argc = 0;

	while (in.left > 0 && argc < ARGS_MAX)
		args[argc++] = input_string(&in);
	unsetenv("SSH_ORIGINAL_COMMAND");
	if ((how & 1) != 0)
		setenv("SSH_ORIGINAL_COMMAND", asked, 1);
	if (setjmp(back) == 0)
		file = check_command(argc, args);
	if (file != NULL) {
		require(is_pull(argc, args));
		require((how & 1) == 0 || strcmp(asked, "pull") == 0);
		require(messages_to_peer()[0] == '\0');
		reached(strcmp(file, NODE_CONFIG_FILE) == 0 ? ANSWERED : OTHER_FILE);
	} else {
		/* A terminal is the harness's own; it has none. Nothing of what
		 * was asked is said back. */
		require(!is_pull(argc, args) || ((how & 1) != 0 && strcmp(asked, "pull") != 0));
		require(strstr(messages_to_peer(), ": this account only answers `pull`") != NULL);
		reached(REFUSED);
	}
	for (int i = 0; i < argc; i++)
		free(args[i]);
	free(asked);
}

const struct target target_login = { "login", goals, NULL, run };
