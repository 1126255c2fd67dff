/* SPDX-License-Identifier: ISC */
/*
 * Included last by every .c file: functions that cannot be used safely, or that do silently what
 * we do on purpose elsewhere, are compile errors here.
 */
#ifndef BIJK_BASE_BANNED_H
#define BIJK_BASE_BANNED_H

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

#endif
