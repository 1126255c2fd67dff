# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The programs are built where make builds them, O in the environment or else build/, and only what is not up to date.

# build DIR [TARGET...]: the programs into DIR/bin; DIR may be relative to the source directory.
build() {
	output=$1
	shift
	make -C "$SOURCE" -s --no-print-directory -j "$(getconf _NPROCESSORS_ONLN)" O="$output" "$@"
}

# build_install ROLE: the programs, manual pages and examples of `make install-ROLE` under /usr, each only if it
# differs from what is there. The list of them is kept for uninstall.
build_install() {
	command -v make >/dev/null || die 69 'make is missing'
	stage=$WORK/stage list=$WORK/$1.files log=$WORK/log
	if ! { build "${O:-build}" && build "${O:-build}" "install-$1" DESTDIR="$stage" PREFIX=/usr; } >"$log" 2>&1; then
		cat "$log" >&2
		die 69 'the build failed'
	fi
	(cd "$stage" && find . -type f | sed 's/^\.//' | sort) >"$list"
	before=$CHANGES
	while read -r path; do
		place "$stage$path" "$path" "$(stat -c %a "$stage$path")" quiet
	done <"$list"
	old=$SHARE/$1.files
	if [ -e "$old" ]; then
		while read -r path; do
			grep -qxF "$path" "$list" || files_listed_elsewhere "$path" "$1" || remove "$path"
		done <"$old"
	fi
	place "$list" "$old" 644 quiet
	[ "$CHANGES" -eq "$before" ] || did "programs, manual pages and examples under /usr, as listed in $old"
}
