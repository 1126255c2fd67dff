/* SPDX-License-Identifier: ISC */
/* The command lines by which this machine's init system starts and reloads a
 * service. */
#ifndef BIJK_DOCTOR_SERVICE_H
#define BIJK_DOCTOR_SERVICE_H

#include <stdbool.h>
#include <sys/types.h>

#define COMMAND_MAX 512

/* For sshd, `pid` being the one that listens, 0: none. */
void sshd_reload_command(char out[COMMAND_MAX], pid_t pid);
void sshd_start_command(char out[COMMAND_MAX]);
void cron_start_command(char out[COMMAND_MAX]);

/* Of systemd; without its systemctl none is. */
bool unit_is_active(const char *name);

#endif
