# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2016,SC2029,SC2034
# An sshd on loopback, a master, and COUNT nodes n1, n2, … of it, each with an
# address of its own in 127.1.0.0/16, an sshd there, and its own /etc/bijk. The
# account `bijk` has bijk-login as its shell, as it is installed; all of it is
# seen by this row alone.
#
#   scene COUNT          makes them; $T/master.yml, $T/n/ADDRESS/plugins.yml; node_address I
#   LOGIN_SHELL=FILE     in the place of bijk-login
#   sshd_start FILE      another one, with this configuration
#   bare HOST [WORD...]  ssh with another key that may run anything
port=2222
ssh_options=()

node_address() { echo "127.1.$(($1 / 250)).$(($1 % 250 + 1))"; }

sshd_start() {
	"$sshd" -D -e -f "$1" 2>>"$T/sshd.log" &
	background+=($!)
}

# /etc with the account, and room for a node's configuration.
private_etc() {
	mkdir "$T/etc" "$T/etc.upper" "$T/etc.work"
	mount -t overlay -o "lowerdir=/etc,upperdir=$T/etc.upper,workdir=$T/etc.work" etc /etc
	echo "bijk:x:0:0::/:${LOGIN_SHELL:-$bin/bijk-login}" >>/etc/passwd
	mkdir -p /etc/bijk
	: >/etc/bijk/plugins.yml
}

bare() { ssh "${ssh_options[@]}" "$@"; }

scene() {
	local i address
	sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || cannot 'there is no sshd'
	private_etc
	mkdir -m 700 "$T/master" "$T/n"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/host_key"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/key"
	cat >"$T/master.yml" <<END
master:
  name: master
  state: $T/master
  host_keys: $T/host_key.pub
pull:
  user: bijk
  parallel: 8
archive:
  max_size: 100G
END
	"$bin/bijk-master" -f "$T/master.yml" export --address 127.0.0.1 >"$T/card"
	for ((i = 1; i <= $1; i++)); do
		address=$(node_address $i)
		mkdir -m 700 "$T/n/$address" "$T/n/$address/state"
		(umask 077 && od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"$T/n/$address/hash")
		cat >"$T/n/$address/plugins.yml" <<END
node:
  name: n$i
  address: $address
  port: $port
  state: $T/n/$address/state
  hash: $T/n/$address/hash
  host_keys: $T/host_key.pub
spool:
  max_size: 8G
  min_free: 0
sender:
  masters: [127.0.0.1]
END
		"$bin/bijk-keyreg" -f "$T/n/$address/plugins.yml" --import "$T/card" >/dev/null
		"$bin/bijk-keyreg" -f "$T/n/$address/plugins.yml" --export >"$T/n/$address/card"
		"$bin/bijk-master" -f "$T/master.yml" import <"$T/n/$address/card" >/dev/null
	done
	sed 's|^|restrict |' "$T/master/id_ed25519.pub" "$T/key.pub" >"$T/authorized_keys"
	[ -d /run/sshd ] || mkdir /run/sshd
	cat >"$T/sshd_config" <<END
ListenAddress 127.0.0.1:$port
HostKey $T/host_key
PidFile none
StrictModes no
PermitRootLogin yes
UsePAM no
UseDNS no
AuthorizedKeysFile $T/authorized_keys
MaxStartups 1000
PerSourcePenalties no
${SSHD_MORE-}
END
	"$sshd" -t -f "$T/sshd_config" 2>/dev/null || sed -i /PerSourcePenalties/d "$T/sshd_config"
	sshd_start "$T/sshd_config"
	for ((i = 1; i <= $1; i++)); do
		address=$(node_address $i)
		sed "s|^ListenAddress.*|ListenAddress $address:$port|" "$T/sshd_config" \
			>"$T/n/$address/sshd_config"
		unshare --mount sh -c \
			'mount --bind "$1/plugins.yml" /etc/bijk/plugins.yml && exec "$2" -D -f "$1/sshd_config"' sh \
			"$T/n/$address" "$sshd" 2>/dev/null &
		background+=($!)
	done
	sed "s|^|[127.*]:$port |" "$T/host_key.pub" >"$T/known_hosts"
	ssh_options=(-F none -T -a -x -p "$port" -i "$T/key" -o IdentitiesOnly=yes \
		-o IdentityAgent=none -o BatchMode=yes
		-o PreferredAuthentications=publickey -o UserKnownHostsFile="$T/known_hosts" \
			-o GlobalKnownHostsFile=/dev/null
		-o UpdateHostKeys=no -o Compression=no -o StrictHostKeyChecking=yes)
	for ((i = 0; i < 50; i++)); do
		! bare "${address:-127.0.0.1}" true 2>/dev/null || return 0
		sleep 0.1
	done
	cat "$T/sshd.log" >&2
	cannot 'sshd does not answer'
}
