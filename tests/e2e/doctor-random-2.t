#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The other half of the random machines, beside the first.
halves=1
. "${0%/*}/doctor-random.t"
