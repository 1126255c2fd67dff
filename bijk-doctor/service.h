/* SPDX-License-Identifier: ISC */
/* The command lines by which this machine's init system starts and reloads a
 * service. */
#ifndef BIJK_DOCTOR_SERVICE_H
#define BIJK_DOCTOR_SERVICE_H

#include <sys/types.h>

#define COMMAND_MAX 512

/* `names`: the service under the names of several systems, ended by NULL;
 * `program`: what to run where no init system knows any of them. */
void service_start_command(char out[COMMAND_MAX], const char *const names[], const char *program);
/* For sshd, `pid` being the one that listens, 0: none. */
void sshd_reload_command(char out[COMMAND_MAX], pid_t pid);
void sshd_start_command(char out[COMMAND_MAX]);
void cron_start_command(char out[COMMAND_MAX]);

#endif
