/* SPDX-License-Identifier: ISC */
/* Where in sshd's files a setting stands, Includes followed. */
#ifndef BIJK_DOCTOR_SSHD_FILES_H
#define BIJK_DOCTOR_SSHD_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "bijk-doctor/sshd_text.h"

#define SSHD_CONFIG "/etc/ssh/sshd_config"
#define SSHD_DROPINS "/etc/ssh/sshd_config.d"
#define SSHD_PLACES 64

struct sshd_place {
	char file[PATH_MAX];
	unsigned line; /* from 1 */
	char value[SSHD_VALUE_MAX];
	bool in_match; /* below a Match */
};

/* The lines with this keyword (lower case), in the order in which sshd reads
 * them; how many. */
size_t sshd_places(const char *config, const char *keyword, struct sshd_place v[SSHD_PLACES]);
/* The one whose value has this word in it (any case), else the first; NULL:
 * there is none. */
const struct sshd_place *sshd_place_with(const struct sshd_place *v, size_t n, const char *word);
/* Is *DIR/ANY.conf of sshd_config.d read, and before any Match? */
bool sshd_reads_dropins(const char *config);
/* The file that was changed last, with its time; name has room for PATH_MAX. */
time_t sshd_newest(const char *config, char name[PATH_MAX]);

#endif
