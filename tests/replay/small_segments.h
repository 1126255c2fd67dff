/* SPDX-License-Identifier: ISC */
/*
 * The log as it is, but for the size at which a segment is closed: put before
 * its sources by rules.mk, so that a scenario of a few frames has several
 * segments, and a state is built in microseconds.
 */
#ifndef BIJK_TESTS_SMALL_SEGMENTS_H
#define BIJK_TESTS_SMALL_SEGMENTS_H

#include "common/log/segment.h"

#undef SEGMENT_CLOSE
#define SEGMENT_CLOSE 1536

#endif
