/* SPDX-License-Identifier: ISC */
#include "common/base/banned.h"
