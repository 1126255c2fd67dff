# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Many nodes on one host: n1, n2, … , each with an address of its own
# (192.0.2.41 is n1's), and a directory in /srv with its configuration, hash,
# state and spool. All have the host's sshd; the login shell of user bijk picks
# the node by the address that was called, and is bijk-login otherwise.

farm_base=40
farm_last=0

# farm_new HOST ADDR MASTER
farm_new() {
	host_new "$1" "$2" node
	put_file "$1" /usr/local/sbin/farm-login 0755 <<'END'
#!/bin/sh
set -- "$@"
called=${SSH_CONNECTION#* * }
called=${called%% *}
node=n$((${called##*.} - 40))
[ ! -e "/srv/$node/hang" ] || exec sleep 1000
exec /usr/sbin/bijk-login -f "/srv/$node/plugins.yml" "$@"
END
	on "$1" usermod -s /usr/local/sbin/farm-login bijk
	on "$1" sh -c \
		'printf "MaxStartups 500\nUseDNS no\nUsePAM no\n" >/etc/ssh/sshd_config.d/farm.conf'
	# One sshd for all of them (OpenSSH since 9.8): what one node costs the master's
	# address would be held against all.
	on "$1" sh -c '! sshd -T 2>/dev/null | grep -qi "^persourcepenalties " ||
		echo "PerSourcePenalties no" >>/etc/ssh/sshd_config.d/farm.conf'
	on "$3" bijk-master export |
		on "$1" sh -ec \
		'cat >/root/master.card; ssh-keygen -q -t ed25519 -N "" -f /root/push'
	sshd_restart "$1"
}

# farm_nodes HOST LAST: n1 to that, each with one record. Few processes are
# started, for there are many nodes.
farm_nodes() {
	farm_last=$2
	host_ns "$1" sh -eu -s -- "$2" "$farm_base" <<'END'
		last=$1 base=$2
		key=$(cut -d' ' -f1,2 /root/push.pub)
		hostkey=$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)
		seq 1 "$last" | awk -v base="$base" '{ print "addr add 192.0.2." $1 + base "/32 dev eth0" }' | ip -batch -
		i=0
		od -An -v -tx1 -w32 -N $((last * 32)) /dev/urandom | tr -d ' ' | while read -r hash; do
			i=$((i + 1))
			dir=/srv/n$i address=192.0.2.$((i + base))
			# A key is one node's. That of n1 opens the tunnel for all; of the others nobody has the private half.
			[ $i = 1 ] || key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA${hash%??????????????????????}"
			mkdir -p "$dir/state"
			printf '%s\n' "$hash" >"$dir/hash"
			printf 'node:\n  name: n%d\n  address: %s\n  state: %s/state\n  hash: %s/hash\nsender:\n  masters: [master]\n' \
				"$i" "$address" "$dir" "$dir" >"$dir/plugins.yml"
			printf 'BIJKCARD 1 node\nNODE n%d\nADDRESS %s\nPORT 22\nKEY %s\nHOSTKEY %s\nHASH %s\nEND\n' \
				"$i" "$address" "$key" "$hostkey" "$hash" >"$dir/card"
		done
		chmod 600 /srv/*/hash
		chown -R bijk:bijk /srv
		for i in $(seq 1 "$last"); do
			echo "a record of n$i" | bijk-put -f "/srv/n$i/plugins.yml"
		done
END
}

# farm_break HOST HOW FIRST LAST: refused, dropped, silent (a port that takes
# the connection and says nothing), hostkey (another one is pinned), key (ours
# is not let in), hang (in the session).
farm_break() {
	local first=$3 last=$4
	case $2 in
	refused) farm_edit "$1" "$first" "$last" 's/^PORT.*/PORT 9/' ;;
	dropped) farm_each "$1" "$first" "$last" 'iptables -A INPUT -p tcp -d $address -j DROP' ;;
	silent)
		start "$1" silent socat TCP-LISTEN:7,fork,reuseaddr,backlog=100 EXEC:'sleep 1000'
		farm_edit "$1" "$first" "$last" 's/^PORT.*/PORT 7/'
		;;
	hostkey)
		on "$1" ssh-keygen -q -t ed25519 -N '' -C '' -f /root/wrong
		farm_edit "$1" "$first" "$last" "s|^HOSTKEY.*|HOSTKEY $(on "$1" cut -d' ' -f1,2 \
			/root/wrong.pub)|"
		;;
	key)
		farm_each "$1" "$first" "$last" \
			'printf "Match LocalAddress $address\n\tAuthorizedKeysFile none\nMatch all\n" >>/etc/ssh/sshd_config.d/farm.conf'
		sshd_restart "$1"
		;;
	hang) farm_each "$1" "$first" "$last" ': >/srv/n$i/hang' ;;
	esac
}

farm_each() {
	in_host "$1" <<END
		for i in \$(seq $2 $3); do
			address=192.0.2.\$((i + $farm_base))
			$4
		done
END
}

farm_edit() {
	farm_each "$1" "$2" "$3" "sed -i '$4' /srv/n\$i/card"
}

# farm_acquaint HOST MASTER: cards both ways.
farm_acquaint() {
	local cards=$HOSTS_DIR/cards
	farm_each "$1" 1 "$farm_last" \
		'bijk-keyreg -f /srv/n$i/plugins.yml --import /root/master.card >/dev/null' || true
	on "$1" sh -c \
		'for i in $(seq "$1"); do cat "/srv/n$i/state/.ssh/authorized_keys"; done | sort -u' sh "$farm_last" |
		put_file "$1" /var/lib/bijk/.ssh/authorized_keys 0600 bijk:bijk
	on "$1" tar -C /srv -cf - --exclude=state . >"$cards"
	on "$2" sh -ec \
		'mkdir -p /root/cards; tar -C /root/cards -xf -; for card in /root/cards/*/card; do bijk-master import <"$card" >/dev/null; done' <"$cards"
}

# farm_puts FIRST LAST, farm_shows MASTER FIRST LAST: what each node put, and
# what the archive has.
farm_puts() {
	local i
	for i in $(seq "$1" "$2"); do echo "a record of n$i"; done
}

farm_shows() {
	local names=() i
	for i in $(seq "$2" "$3"); do names+=("n$i"); done
	on "$1" bijk-cat "${names[@]}"
}
