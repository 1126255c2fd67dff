/* SPDX-License-Identifier: ISC */
#include "common/base/term.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/deadline.h"

#include "common/base/banned.h"

#define FIRST_MS 1000
#define EACH_MS 200
#define WIDTH 79
#define CLEAR "\033[K" /* from the cursor to the end of its line */

bool term_is(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) == 1 && term != NULL && strcmp(term, "dumb") != 0;
}

bool term_colours(int fd)
{
	const char *no = getenv("NO_COLOR");

	return (no == NULL || no[0] == '\0') && term_is(fd);
}

int term_lines(int fd)
{
	struct winsize w;

	return ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 ? w.ws_row : 24;
}

/* The cursor waits at the beginning of the line: a message takes its place. */
static bool shown;
static deadline_t next;

static void put_text(const char *text)
{
	ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

	(void)ignored;
}

void progress_begin(void)
{
	shown = term_is(STDERR_FILENO);
	next = deadline_in_ms(FIRST_MS);
}

bool progress_due(void)
{
	return shown && deadline_passed(next);
}

void progress(const char *fmt, ...)
{
	char text[WIDTH + 1], line[WIDTH + 16];
	va_list ap;

	if (!progress_due())
		return;
	next = deadline_in_ms(EACH_MS);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), CLEAR "%s\r", text);
	put_text(line);
}

void progress_end(void)
{
	if (shown)
		put_text(CLEAR);
	shown = false;
}

const char *progress_clear(void)
{
	return shown ? CLEAR : "";
}
