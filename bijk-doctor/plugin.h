/* SPDX-License-Identifier: ISC */
/*
 * --check: the doctor as a monitoring plugin (common/base/plugin.h). A FAIL is
 * critical, a warn a warning. Limits, of a node:
 *
 *   contact  time since the last good pull or push
 *   oldest   age of the oldest record that too few masters have
 *   waiting  how many such records there are
 */
#ifndef BIJK_DOCTOR_PLUGIN_H
#define BIJK_DOCTOR_PLUGIN_H

#include "bijk-doctor/doctor.h"

/* Option -w or -c; a wrong one ends the program. */
void doctor_limit_or_die(int option, const char *text);
/* After all checks: prints the line. Returns the exit code. */
int doctor_plugin_end(const struct doctor *d);

#endif
