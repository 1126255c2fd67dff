#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Random rule sets in the kernel: whether a connection comes through is what
# bijk-doctor's walk says. N and SEED as in tests/firewall/run, which tries
# hundreds by hand.
. "${0%/*}/lib/e2e.sh"

exits 0 "the walk and the kernel agree" env N="${N:-30}" "$E2E_ROOT/tests/firewall/run" \
	"${E2E_TOOLS%/tests}"
like "$(tail -n 1 "$OUT")" '^firewall: [0-9]+ passed, 0 failed$' \
	"on every connection that was judged"
diag "$(grep '^firewall: seed' "$OUT" || true)"
done_testing
