/* SPDX-License-Identifier: ISC */
/* sshd's settings as text: what `sshd -T` prints, and the lines of its files.
 * No I/O. */
#ifndef BIJK_DOCTOR_SSHD_TEXT_H
#define BIJK_DOCTOR_SSHD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define SSHD_VALUE_MAX 1024

/* The value of the first line with this keyword (lower case) that `sshd -T`
 * printed; false: none. */
bool sshd_value(const char *effective, const char *keyword, char value[SSHD_VALUE_MAX]);
/*
 * All words of all its lines with this keyword, which is how it shows a list.
 * To be freed by sshd_words_free(). Ends the program without memory.
 */
struct sshd_words {
	char **v;
	size_t n;
};
void sshd_words(struct sshd_words *w, const char *effective, const char *keyword);
void sshd_words_free(struct sshd_words *w);

/*
 * A line of sshd_config: its keyword in lower case and the rest behind it;
 * false for an empty line, a comment, and what is longer than any of sshd's.
 */
bool sshd_config_line(const char *line, char keyword[64], char rest[SSHD_VALUE_MAX]);

/*
 * The options that an sshd which listens was started with, from its command
 * line as /proc shows it: "sshd: /usr/sbin/sshd -D -o Port=2222 [listener] 0 of
 * 10-100 startups", and before 8.2, or while it starts, the plain
 * "/usr/sbin/sshd -D". 0, or -1: no such text (a session's).
 */
int sshd_options_in_title(const char *title, char options[SSHD_VALUE_MAX]);

#endif
