#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The shipped systemd units: nothing in them that systemd does not know, and an
# exposure of at most 1.5.
. "${0%/*}/lib/e2e.sh"

command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is not here"
for unit in bijk-recv bijk-keyrecv; do
	service=$E2E_ROOT/packaging/systemd/$unit.service
	mkdir -p "$T/$unit"
	cp "$E2E_ROOT/packaging/systemd/$unit".* "$T/$unit"
	run systemd-analyze security --offline=true --no-pager "$service"
	exposure=$(sed -nE 's/.*Overall exposure level.*: ([0-9]+)\.([0-9]).*/\1\2/p' "$OUT")
	ok "$unit: exposure $exposure tenths" test -n "$exposure" -a "${exposure:-99}" -le 15
	[ "${exposure:-99}" -le 15 ] || diag_run
	run systemd-analyze verify --man=no "$T/$unit/$unit.socket"
	unlike "$(cat "$OUT" "$ERR")" "$unit.*(Unknown|Failed to parse|Invalid|ignoring)" \
		"$unit: nothing that systemd does not know"
done
done_testing
