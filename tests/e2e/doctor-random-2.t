#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The other half of the random machines, beside the first.
export N="${N:-15}" SEED="${SEED:-16}"
. "${0%/*}/doctor-random.t"
