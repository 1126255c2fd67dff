#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node and a master in good health: the doctor finds nothing, and says so in
# lines and in JSON. (That it leaves no trace: doctor-leaves-nothing.t.)
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

faults_begin
fault_hosts
for host in node master; do
	master=
	[ $host = node ] || master=--master
	exits 0 "all is well on the $host" on $host bijk-doctor $master
	contents_not "$OUT" '^(FAIL|warn)' "in every line"
	[ "$tap_failed" = 0 ] || diag_file "$OUT"
	exits 0 "and once more" on $host bijk-doctor $master -v
	exits 0 "--json says the same" on $host bijk-doctor $master --json
	contents_not "$OUT" '"verdict":"(fail|warn)"' "in every object"
	cp "$OUT" "$T/$host.json"
	ok "which a parser takes" perl -MJSON::PP -0777 -e '
		my $v = decode_json(<>);
		for my $f (@$v) {
			for (qw(check verdict what found)) { die "no $_" unless length $f->{$_} }
			for (qw(mend notes evidence)) { die "no list $_" unless ref $f->{$_} eq "ARRAY" }
		}
		exit(@$v < 5);
	' "$T/$host.json"
done

# As a monitoring plugin.
plugin() {
	local code=$1 line=$2
	shift 2
	exits "$code" "--check exits with $code" on "$@"
	like "$(cat "$OUT")" "^$line\$" "and says $line"
}
plugin 0 'BIJK OK - nothing stops the records \| failed=0;;;0 warned=0;;;0' \
	master bijk-doctor --master --check
echo one | put_bytes node
plugin 1 'BIJK WARNING - waiting 1 \| failed=0;;;0 warned=0;;;0 contact=[0-9]+s;;3600;0 oldest=[0-9]+s;;;0 waiting=1;0;;0' \
	node bijk-doctor --check -w waiting=0 -c contact=1h
on node mv /etc/bijk/hash /etc/bijk/hash.away
plugin 2 'BIJK CRITICAL - .*hash.* \| failed=1;;;0 .*' node bijk-doctor --check
on node mv /etc/bijk/hash.away /etc/bijk/hash
plugin 3 'BIJK UNKNOWN - option -c: unknown limit .*' node bijk-doctor --check -c years=1
plugin 3 'BIJK UNKNOWN - usage: .*' master bijk-doctor --master --check -c contact=1h
plugin 3 'BIJK UNKNOWN - only root can make all checks' node \
	setpriv --reuid nobody --regid nogroup --clear-groups bijk-doctor --check

exits 0 "bijk-push --test takes the way" on node bijk-push --test
contents "$OUT" '^ok +hash: /etc/bijk/hash$' "with what is here"
contents "$OUT" '^ok +master, exchange: it knows the hash' "to its end"
contents_not "$OUT" '^(note|bad)' "and all of it is well"
for master in '' --master; do
	host=${master:+master}
	run on "${host:-node}" setpriv --reuid nobody --regid nogroup --clear-groups bijk-doctor \
		$master
	code=$RC
	contents "$OUT" 'root' "a stranger is told what only root can see${master:+ of the master}"
	ok "and the rest is looked at" test "$code" -eq 0 -o "$code" -eq 75
done
done_testing
