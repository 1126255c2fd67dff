#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The commands of operations.md, step by step, as printed: after each of its
# sections the records still arrive, once.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/docs.sh"

master=master.example.org
hosts_begin
master_new $master 192.0.2.10 m1
node_new web7 192.0.2.20 web7 $master
acquaint web7 $master web7
put_lines web7 1 10
exits 0 "a pull" pull $master web7

put_next=10
# arrives HOST NODE: a pull and a push bring what is stored now, and nothing
# comes twice.
arrives() {
	put_lines "$1" $((put_next + 1)) $((put_next + 1))
	exits 0 "a pull of $2" pull $master "$2"
	put_lines "$1" $((put_next + 2)) $((put_next + 2))
	on "$1" rm -f /var/lib/bijk/state/last-push
	on $master bijk-master set "$2" min-period=0
	exits 0 "a push of $2" push "$1"
	put_next=$((put_next + 2))
	is "$(archive $master "$2" --tail 2)" "$(lines $((put_next - 1)) $put_next)" "bring the records"
	archive $master "$2" | sort | uniq -d >twice
	empty twice "none of them twice"
}
hash_at() {
	on $master sha256sum "/var/lib/bijk-master/nodes/$1/secret"
}

# A container, which has its minute while the rest is done.
host_new box 192.0.2.30 node
hash_new box
node_config box n88 $master <<<'  mode: always'
sshd_stop box
doc_block Containers 1 | put_file box /usr/local/sbin/bijk-container 0755
add_node box $master n88
start box container bijk-container

doc_steps 'New keys and a new hash'
arrives web7 web7

host_addr[web7]=192.0.2.25
ip_at "${host_pid[web7]}" 'addr del 192.0.2.20/24 dev eth0' 'addr add 192.0.2.25/24 dev eth0'
on $master bijk-master set web7 address=192.0.2.20
doc_steps 'A node gets another address'
arrives web7 web7

put_lines web7 101 103
doc_steps 'A node gets another name'
is "$(archive $master web7 --tail 3)" "$(lines 101 103)" "what was not sent has the old name"
arrives web7 web8
run on $master bijk-master status web8
unlike "$(cat "$OUT")" 'lost|gap' "nothing is lost"

doc_steps 'Backup'
arrives web7 web8

# A machine of the image.
cp "$(host_file web7 /etc/bijk/plugins.yml)" old.yml
old=$(hash_at web8)
doc_block 'An image for many machines' 1 >block
exits 0 "the image" doc_run block
node_new web9 192.0.2.29 web9 $master
on web9 rm /etc/bijk/hash
sed '/^node:/d; /^  name:/d' old.yml | put_file web9 /etc/bijk/plugins.yml
for n in 2 3; do
	doc_block 'An image for many machines' $n >block
	exits 0 "a machine of it, $n" doc_run block
done
arrives web9 web9
isnt "$(hash_at web9 | cut -d' ' -f1)" "${old%% *}" "it has a secret of its own"

# The machine that the image was made of is web7 again, with a new hash.
put_file web7 /etc/bijk/plugins.yml <old.yml
on web7 sed -i 's/web8/web7/' /etc/bijk/plugins.yml
hash_new web7
on $master bijk-master remove web8
add_node web7 $master web7
on web7 bijk-keyreg
doc_block 'A machine is installed anew' 1 >block
exits 0 "what is kept of a machine" doc_run block
host_end web7
node_new web7 192.0.2.25 web7 $master
doc_block 'A machine is installed anew' 2 >block
exits 0 "it comes back" doc_run block
arrives web7 web7
hash_new web7
doc_block 'A machine is installed anew' 3 >block
exits 0 "with a new hash" doc_run block
arrives web7 web7

arrived_from_box() {
	archive $master n88 --source vitals | grep '^node_load1 '
}
soon 180 "a container has registered, collected and pushed" arrived_from_box
job_kill box container TERM
finish box container 10
is "$RC" 0 "and ends when it is told to"

# The master moves, and nodes find it under its old name.
host_new new.example.org 192.0.2.11 master
listener_stop $master 50009
listener_stop $master 50010
doc_steps 'The master moves to another machine'
sed 's/ master.example.org$/ old.example.org/; s/ new.example.org$/ master.example.org/' \
	"$HOSTS_DIR/etc-hosts" >hosts.moved
cat hosts.moved >"$HOSTS_DIR/etc-hosts"
master=new.example.org
host_end master.example.org
sshd_restart $master
listener_start $master 50009
listener_start $master 50010
arrives web7 web7

host_pid[master.example.org]=${host_pid[new.example.org]}
doc_steps 'The master gets another name'
arrives web7 web7
doc_steps 'Removal'
exits 65 "what is removed is not there" on $master bijk-pull web7
done_testing
