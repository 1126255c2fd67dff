#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A disk that changes a bit: bijk-cat reads on and exits with 65, and
# `bijk-master status` says so until all of it was read well.
. "${0%/*}/lib/e2e.sh"

pair n1
word() {
	on master bijk-master status --json | json_field status
}
# flip HOST DIRECTORY: a bit in the first frame of the log there; done twice it is as before.
flip() {
	on "$1" python3 - "$2" <<'END'
import glob, sys
f = open(sorted(glob.glob(sys.argv[1] + "/*.seg"))[0], "r+b")
f.seek(120)
b = f.read(1)
f.seek(120)
f.write(bytes([b[0] ^ 1]))
END
}
archive='/var/lib/bijk-master/archives/n1/*'

put_lines node 1 3
exits 0 "a pull" pull master n1
put_lines node 4 6
exits 0 "another, so a frame of its own" pull master n1
exits 0 "an archive that is well" on master bijk-cat n1
is "$(word)" ok "is ok"

flip master "$archive"
run on master bijk-cat n1
is "$RC" 65 "a bit in the first frame: bijk-cat exits with 65"
contents "$ERR" 'damaged from 64 to' "says where"
is "$(cat "$OUT")" "$(lines 4 6)" "and prints what is whole"
is "$(word)" damaged "status says so"
like "$(on master bijk-master status)" 'its archive here is damaged' "in words, too"
isnt "$(on master bijk-master status --json | json_field damaged)" null "and when"
put_lines node 7 7
exits 0 "a pull is good all the same" pull master n1
is "$(word)" damaged "and proves nothing of the first frame"
flip master "$archive"
exits 0 "with the file put back all of it is read" on master bijk-cat n1
is "$(word)" ok "and it is ok again"

flip node /var/lib/bijk/spool
exits 65 "the same in a node's spool" on node bijk-cat --spool
done_testing
