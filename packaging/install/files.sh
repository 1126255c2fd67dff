# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Files and directories: each is touched only if it is not what it should be,
# and appears whole.

# Where programs, pages and examples are, or are to be.
PREFIX=${PREFIX:-/usr}
SHARE=$PREFIX/share/bijk
# Configuration as shipped, to tell an edited file from an older version.
SHIPPED=$SHARE/shipped

# Holds what is written before it is placed.
WORK=

work_begin() {
	at_exit work_end
	WORK=$(mktemp -d)
}

work_end() { [ -z "$WORK" ] || rm -rf "$WORK"; }

# is_owned PATH MODE OWNER:GROUP
is_owned() { [ "$(stat -c '%a %U:%G' "$1")" = "$2 $3" ]; }

# directory PATH MODE OWNER:GROUP: in a directory of root's.
directory() {
	[ ! -L "$1" ] || die 73 "$1 is a symbolic link: Bijk wants the directory itself"
	if [ -d "$1" ] && is_owned "$@"; then return 0; fi
	[ -d "$1" ] || { mkdir -p "${1%/*}" && mkdir -m 700 "$1"; }
	chown "$3" "$1"
	chmod "$2" "$1"
	did "$1 ($3, mode $2)"
}

# directory_of USER PATH MODE: below a directory of USER's.
directory_of() {
	if [ ! -L "$2" ] && [ -d "$2" ] && is_owned "$2" "$3" "$1:$1"; then return 0; fi
	as_user "$1" "{ [ -d '$2' ] || mkdir -m 700 '$2'; } && chmod $3 '$2'" ||
		die 73 "$1 cannot make $2 a directory of its own with mode $3:
move away what is there, and run this again"
	did "$2 ($1:$1, mode $3)"
}

# new_file PATH MODE OWNER:GROUP: it has them before anything is in it.
new_file() {
	rm -f "$1"
	(umask 077 && : >"$1")
	chown "$3" "$1"
	chmod "$2" "$1"
}

# place SOURCE TARGET MODE [quiet]: TARGET becomes a copy of SOURCE, of root.
place() {
	if [ -f "$2" ] && [ ! -L "$2" ] && cmp -s "$1" "$2" && is_owned "$2" "$3" root:root; then
		return 0
	fi
	[ ! -d "$2" ] || die 73 "$2 is a directory"
	mkdir -p "${2%/*}"
	new=${2%/*}/.${2##*/}.bijk-new
	new_file "$new" "$3" root:root
	cat "$1" >"$new"
	mv -f "$new" "$2"
	if [ "${4:-}" = quiet ]; then CHANGES=$((CHANGES + 1)); else did "$2"; fi
}

# edit FILE FILTER...: FILE becomes the output of FILTER, which reads FILE;
# owner and mode stay.
edit() {
	edited=$1
	shift
	cp -p "$edited" "$edited.bijk-new"
	"$@" <"$edited" >"$edited.bijk-new"
	mv -f "$edited.bijk-new" "$edited"
}

# is_edited TARGET: it exists, and is not as a version of ours left it.
is_edited() { [ -e "$1" ] && ! cmp -s "$1" "$SHIPPED$1"; }

# prefixed: copies its input, with PREFIX in the names of our programs and files.
prefixed() { sed "s,/usr/\(s*bin\|share\|share/doc\)/bijk,$PREFIX/\1/bijk,g"; }

# place_config SOURCE TARGET: as place, with PREFIX in it, but a TARGET that was
# edited stays.
place_config() {
	config=$WORK/config
	prefixed <"$1" >"$config"
	if is_edited "$2" && ! cmp -s "$config" "$2"; then
		say "  kept: $2, which was edited here (as shipped: $SHIPPED$2)"
	else
		place "$config" "$2" 644
	fi
	place "$config" "$SHIPPED$2" 644 quiet
}

# remove_config TARGET: undoes place_config; an edited file goes to /etc/bijk.
remove_config() {
	[ -e "$SHIPPED$1" ] || return 0
	if is_edited "$1"; then
		mv -f "$1" "/etc/bijk/${1##*/}.saved"
		did "$1, edited here, is now /etc/bijk/${1##*/}.saved"
	else
		remove "$1"
	fi
}

remove() {
	if [ -e "$1" ] || [ -L "$1" ]; then
		rm -f "$1"
		did "$1 removed"
	fi
}

# build DIR [TARGET...]: the programs into DIR/bin, only what is not up to date.
# DIR may be relative to the source directory.
build() {
	output=$1
	shift
	make -C "$SOURCE" -s --no-print-directory -j "$(getconf _NPROCESSORS_ONLN)" O="$output" \
		PREFIX="$PREFIX" "$@"
}

# install_programs ROLE: what `make install-ROLE` puts under PREFIX, each file
# only if it differs. The list of them is kept for uninstall.
install_programs() {
	stage=$WORK/stage list=$WORK/$1.files
	# A tarball of `make static` brings them.
	if [ -d "$SOURCE/files" ]; then stage=$SOURCE/files; else stage_programs "$1"; fi
	(cd "$stage" && find . -type f | sed 's/^\.//' | sort) >"$list"
	before=$CHANGES
	while read -r path; do
		place "$stage$path" "$path" "$(stat -c %a "$stage$path")" quiet
	done <"$list"
	old=$SHARE/$1.files
	if [ -e "$old" ]; then
		while read -r path; do
			grep -qxF "$path" "$list" || is_listed_elsewhere "$path" "$1" ||
				remove "$path"
		done <"$old"
	fi
	place "$list" "$old" 644 quiet
	[ "$CHANGES" -eq "$before" ] ||
		did "programs, manual pages and examples under $PREFIX, as listed in $old"
}

# show_build LOG: on a terminal, how far a build is. Ends with this shell, or when
# it is killed.
show_build() {
	files=$(find "$SOURCE/common" "$SOURCE/master" "$SOURCE"/bijk-* -name '*.c' | wc -l)
	while sleep 1 && kill -0 $$ 2>/dev/null; do
		done=$(grep -c '^ *CC ' "$1") || :
		[ "$done" -eq 0 ] || printf '  building: %s of %s files\r' "$done" "$files" >&2
	done
}

stage_programs() {
	command -v make >/dev/null || die 69 'make is missing'
	log=$WORK/log built=${O:-build}
	built_well=yes watcher=''
	: >"$log"
	if [ -t 2 ]; then
		show_build "$log" &
		watcher=$!
	fi
	build "$built" >"$log" 2>&1 || built_well=''
	if [ -n "$watcher" ]; then
		kill "$watcher" 2>/dev/null || :
		printf '\033[K' >&2
	fi
	if [ -z "$built_well" ] ||
		! build "$built" "install-$1" DESTDIR="$stage" >"$log" 2>&1; then
		cat "$log" >&2
		die 69 'the build failed'
	fi
}

# is_listed_elsewhere PATH ROLE: does the installation of the other role have
# PATH too?
is_listed_elsewhere() {
	for other in "$SHARE"/*.files; do
		[ "$other" = "$SHARE/$2.files" ] || [ ! -e "$other" ] ||
			! grep -qxF "$1" "$other" || return 0
	done
	return 1
}
