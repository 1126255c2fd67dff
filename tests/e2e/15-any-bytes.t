#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A payload may be any bytes: 0x00 to 0xff, alone and many, pulled and pushed.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
# shellcheck disable=SC2059  # the format is the octal escapes
for i in $(seq 0 255); do printf "\\$(printf %03o "$i")"; done >bytes
as_shown bytes >want

put_bytes node pulled <bytes
exits 0 "pull" pull master n1
archive master n1 --source pulled >have
same have want "0x00 to 0xff, pulled"

put_bytes node pushed <bytes
exits 0 "push" push node
archive master n1 --source pushed >have
same have want "0x00 to 0xff, pushed"

is "$(archive master n1 --json --source pulled | json_field payload_base64 | base64 -d |
	cmp - bytes && echo same)" same \
	"--json gives it in base64"
printf '\0' | put_bytes node one
printf '\n\n' | put_bytes node ends
noise 100000 >payload
put_bytes node noise <payload
exits 0 "pull of the rest" pull master n1
archive master n1 --source one >have
printf '\0\n' >want
same have want "a payload of one NUL"
archive master n1 --source ends >have
printf '\n\n' >want
same have want "a payload of line ends"
archive master n1 --source noise >have
as_shown payload >want
same have want "100,000 bytes of noise"
exits 65 "an empty payload is refused" on node bijk-put -s empty /dev/null
exits 65 "and one of more than 16 MiB" on node sh -c 'head -c 16777217 /dev/zero | bijk-put -s more'
done_testing
