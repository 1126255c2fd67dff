# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# A booted machine that is a node and its own master.

T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

until_ok() {
	tries=300
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "does not come: $*" >&2; return 1; }
		sleep 0.1
	done
}

# cron and the timers would pull and push meanwhile.
periodic_off() {
	for unit in cron.service bijk-push.timer bijk-pull.timer; do
		! systemctl --quiet is-active $unit || systemctl stop $unit
	done
}

# scene SOURCE: of the records that put stores.
scene() {
	source=$1
	systemctl --quiet is-active ssh || systemctl start ssh
	periodic_off
	! bijk-master list | grep -qw n1 || return 0
	cat >/etc/bijk/plugins.yml <<-END
		node:
		  name: n1
		  address: 127.0.0.1
		sender:
		  masters: [127.0.0.1]
		  timeout: 600
	END
	printf 'pull:\n  timeout: 600\n' >/etc/bijk/master.yml
	bijk-master add n1 </etc/bijk/hash
	bijk-master set n1 min-period=0
	bijk-keyreg
}

# put FIRST LAST: records that do not compress, 64 KiB each.
put() {
	for n in $(seq "$1" "$2"); do
		{ echo "record $n"; head -c 65536 /dev/urandom | base64 -w 0; } >"$T/$n"
		bijk-put -s "$source" "$T/$n"
	done
}

# arrived LAST: the master has all of them, each once, in order.
arrived() {
	for n in $(seq 1 "$1"); do cat "$T/$n"; echo; done >"$T/want"
	bijk-cat --source "$source" n1 >"$T/have"
	cmp "$T/want" "$T/have"
}
