/* SPDX-License-Identifier: ISC */
/* Standard output, where results go: one that is closed or full is an error. */
#ifndef BIJK_BASE_OUT_H
#define BIJK_BASE_OUT_H

/* Writes out what stdout holds. 0, or EX_IOERR after a message. */
int out_flush(void);

#endif
