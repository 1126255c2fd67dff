#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that reaches nothing, and is only pulled, is set up with the two cards.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
on node iptables -A OUTPUT -o eth0 -p tcp --syn -j REJECT
exits 69 "the node reaches no master" on node bijk-keyreg

exits 0 "the node's card" on node bijk-keyreg --export
cp "$OUT" node.card
is "$(head -n 1 node.card)" "BIJKCARD 1 node" "says what it is"
is "$(tail -n 1 node.card)" END "and ends"
exits 0 "is imported by the master" on master bijk-master import <node.card
exits 0 "the master's card" on master bijk-master export
cp "$OUT" master.card
is "$(head -n 1 master.card)" "BIJKCARD 1 master" "says what it is"
exits 0 "is imported by the node" on node bijk-keyreg --import <master.card

put_lines node 1 10
exits 0 "the node is pulled" pull master n1
has_lines master n1 1 10 "its records are there"
exits 0 "both cards may be imported again" on master bijk-master import n1 <node.card
exits 0 "on the node too" on node bijk-keyreg --import <master.card
put_lines node 11 20
exits 0 "the node is pulled" pull master n1
has_lines master n1 1 20 "its records are there"

exits 65 "a card is taken only for the node that is named" on master bijk-master import n2 \
	<node.card
sed 's/^PORT.*/&\nSHELL id/' node.card >odd.card
exits 65 "an unknown line is an error" on master bijk-master import <odd.card
sed '$d' node.card >short.card
exits 65 "a card without its end too" on master bijk-master import <short.card
sed 's/^NODE .*/NODE ..\/..\/evil/' node.card >evil.card
exits 65 "a name that is none too" on master bijk-master import <evil.card
# shellcheck disable=SC2001
sed 's/^ADDRESS .*/ADDRESS -oProxyCommand=id/' node.card >option.card
exits 65 "an address that ssh would take for an option too" on master bijk-master import \
	<option.card
sed 's/^PULLKEY .*/PULLKEY command="id" ssh-ed25519 AAAA/' master.card >options.card
exits 65 "a pull key with options too" on node bijk-keyreg --import <options.card
is "$(on master bijk-master list --json | grep -o '"n[0-9]"' | sort -u)" '"n1"' "one node is known"
exits 0 "the node is still pulled" pull master n1

# What a card says of the address is the node's word, which the next card or
# registration replaces; the administrator's stays.
address_is() {
	is "$(on master bijk-master list --json | json_field "$1")" "$2" "$3"
}
address_is set_address null "the card's address is not one that was set"
address_is address 192.0.2.20 "but the one to be pulled at"
sed 's/^ADDRESS .*/ADDRESS 192.0.2.21/' node.card >moved.card
exits 0 "a card with another address" on master bijk-master import n1 <moved.card
address_is address 192.0.2.21 "moves the node"
on master bijk-master set n1 address=192.0.2.20
exits 0 "and once more" on master bijk-master import n1 <moved.card
address_is address 192.0.2.20 "stays where the administrator set it"
sed "s/^HASH .*/HASH $(printf '%064d' 7)/" node.card >other.card
exits 65 "a card with another hash" on master bijk-master import n1 <other.card
contents "$ERR" \
	'another hash.*registered .* ago.*last in contact .* ago.*another machine.*--name.*locks out' "says who has the name, and what to do"
done_testing
