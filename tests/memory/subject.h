/* SPDX-License-Identifier: ISC */
/* The programs whose memory fails, each in what it is there for. */
#ifndef BIJK_TESTS_MEMORY_SUBJECT_H
#define BIJK_TESTS_MEMORY_SUBJECT_H

#include "tests/crash/scenario.h"

struct subject {
	struct scenario s;    /* s.victim is the program */
	const char *reads[5]; /* it changes nothing: run with these words, its output is compared */
};

extern const struct subject subjects[];
extern const size_t n_subjects;

#endif
