/* SPDX-License-Identifier: ISC */
#include "common/base/out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"

#include "common/base/banned.h"

int out_flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	/* Of a write before this one only the failure is known. */
	msg_error("writing to standard output: %s",
	    errno != 0 ? strerror(errno) : "not all of it was written");
	return EX_IOERR;
}
