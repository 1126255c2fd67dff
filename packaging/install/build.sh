# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The programs are built where make builds them, O in the environment or else build/, and only what is not up to date.

# build DIR: the programs, into DIR/bin; DIR may be relative to the source directory.
build() {
	make -C "$SOURCE" -s --no-print-directory -j "$(getconf _NPROCESSORS_ONLN)" O="$1"
}

# build_install ROLE: the programs, manual pages and examples of `make install-ROLE` under /usr, each only if it
# differs from what is there. The list of them is kept for uninstall.
build_install() {
	command -v make >/dev/null || die 69 'make is missing'
	stage=$(mktemp -d)
	(build "${O:-build}" && make -C "$SOURCE" -s --no-print-directory DESTDIR="$stage" PREFIX=/usr "install-$1") >"$stage.log" 2>&1 || {
		cat "$stage.log" >&2
		rm -rf "$stage" "$stage.log"
		die 69 'the build failed'
	}
	(cd "$stage" && find . -type f | sed 's/^\.//' | sort) >"$stage.log"
	before=$CHANGES
	while read -r path; do
		place "$stage$path" "$path" "$(stat -c %a "$stage$path")" quiet
	done <"$stage.log"
	old=$SHARE/$1.files
	if [ -e "$old" ]; then
		while read -r path; do
			grep -qxF "$path" "$stage.log" || files_listed_elsewhere "$path" "$1" || remove "$path"
		done <"$old"
	fi
	place "$stage.log" "$old" 644 quiet
	rm -rf "$stage" "$stage.log"
	[ "$CHANGES" -eq "$before" ] || did "programs, manual pages and examples under /usr, as listed in $old"
}
