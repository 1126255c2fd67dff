/* SPDX-License-Identifier: ISC */
/*
 * Included last by every .c file: functions that cannot be used safely, or that
 * do silently what we do on purpose elsewhere, are compile errors here.
 */
#ifndef BIJK_BASE_BANNED_H
#define BIJK_BASE_BANNED_H

#include <string.h>

#include "common/base/why.h"

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef alloca

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atoll atof system popen mktemp tmpnam tempnam alloca gmtime localtime

/* It says "no space" where inodes are missing. */
#undef strerror
#define strerror(error) why_text(error)

#endif
