/* SPDX-License-Identifier: ISC */
/* Text as one word of a POSIX shell's command line, for a mend that a person
 * will paste. */
#ifndef BIJK_DOCTOR_SHELLWORD_H
#define BIJK_DOCTOR_SHELLWORD_H

/*
 * As it is where nothing in it means anything to a shell, else in single
 * quotes. Into one of eight static buffers of 1,024 bytes that are used in
 * turn; a text that does not fit, is empty, or holds what is not printable
 * ASCII comes out as '' , which no command takes for something else.
 */
const char *shell_word(const char *s);

#endif
