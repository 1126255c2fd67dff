/* SPDX-License-Identifier: ISC */
/*
 * What the doctor found: one finding for each thing that was looked at, in the
 * order in which they were made, with the evidence and, where something is
 * wrong, what mends it.
 *
 * As text each finding is printed at once; as JSON the list of them is one
 * array at the end:
 *   {"check","verdict","what","found","mend":[{"at","run"}],"notes":[],"evidence":[]}
 * verdict is ok, warn, fail or skip; "at" is null for this machine, else the
 * host where to run it.
 *
 * Whatever came from outside may be formatted in: all texts are made visible
 * (text.h) when they are printed. A mend is a command line for root's shell:
 * what goes into it from outside goes through shell_word() (shellword.h).
 */
#ifndef BIJK_DOCTOR_REPORT_H
#define BIJK_DOCTOR_REPORT_H

#include <stdbool.h>

#include "common/base/buf.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL, VERDICT_SKIP };

struct report;

enum report_form { REPORT_TEXT, REPORT_JSON, REPORT_SILENT };
/* Never NULL: no memory ends the program, here and below. */
struct report *report_begin(enum report_form form, bool evidence);
/* Findings from here on belong to the check of this name (static). */
void report_check(struct report *r, const char *check);

/*
 * A finding: what was looked at ("AllowUsers of sshd, from 192.0.2.10"), and
 * what was found ("user bijk is not in it"); for VERDICT_SKIP, why it was not
 * looked at.
 */
void report_found(struct report *r, enum verdict v, const char *what, const char *found, ...)
    __attribute__((format(printf, 4, 5)));
/* These belong to the finding before. A command or commands to be run as root
 * at this host, NULL: here; one line. */
void report_mend_at(struct report *r, const char *host, const char *run, ...)
    __attribute__((format(printf, 3, 4)));
#define report_mend(r, ...) report_mend_at(r, NULL, __VA_ARGS__)
/* What a person should know besides: "keep one connection open while reloading
 * sshd". */
void report_note(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What it is concluded from; shown with -v, and in JSON always. */
void report_evidence(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Has the check of this name found something wrong (VERDICT_FAIL)? */
bool report_failed(const struct report *r, const char *check);

/* How many findings have this verdict; adds them to text, if there is room. */
unsigned report_count(const struct report *r, enum verdict v, struct buf *text);

/* Prints the rest and frees it. How many findings are VERDICT_FAIL; -1:
 * standard output failed. */
int report_end(struct report *r);

#endif
