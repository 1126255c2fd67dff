# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# The long form of run, which sources this: the page in chromium.
# shellcheck disable=SC2154

# probe NAME WIDTH light|dark: what axe-core and a ruler find in the page, opened
# in a frame of this width. The copy has no policy, or the probe could not run,
# and does not load itself again: of all that axe has to say, that is left out.
# Whatever is folded is opened.
probe() {
	local dir=$work/probe scheme=1 width
	[ "$3" = light ] || scheme=0
	mkdir -p "$dir"
	{
		sed -e '/Content-Security-Policy/d; /http-equiv="refresh"/d' \
			-e 's/<details /<details open /' -e '/^<\/html>/d' "$work/m/$1.html"
		echo '<script>' && cat "$axe" && cat <<'END'
</script><script>
addEventListener("load", () => axe.run().then(r => parent.postMessage(
	"width " + (document.documentElement.scrollWidth - innerWidth) +
	r.violations.map(v => "\naxe " + v.id + ": " + v.help + ": " + v.nodes.length + ", as " +
		v.nodes[0].html).join("") + "\nrules " + r.passes.length, "*")))
</script></html>
END
	} >"$dir/page.html"
	cat >"$dir/frame.html" <<END
<!DOCTYPE html><body><script>
onmessage = e => { document.body.textContent = "FOUND\\n" + e.data + "\\nEND" }
</script><iframe src="page.html" style="width:$2px;height:900px;border:0"></iframe>
END
	width=$(($2 < 500 ? 500 : $2 + 40))
	timeout 300 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$dir/profile" \
		--blink-settings=preferredColorScheme=$scheme --window-size=$width,1000 \
		--virtual-time-budget=120000 --dump-dom "file://$dir/frame.html" 2>/dev/null |
		sed -n '/FOUND/,/END/p'
}
# looks_well NAME WIDTH SCHEME
looks_well() {
	local found
	found=$(probe "$@")
	if grep -q '^rules [1-9]' <<<"$found" && grep -qE '^width (0|-[0-9]+)$' <<<"$found" &&
		! grep -q '^axe' <<<"$found"; then
		return 0
	fi
	printf '%s\n' "$found" | cut -c 1-300
	return 1
}

start=$(date +%s%N)
master many 5000
took=$((($(date +%s%N) - start) / 1000000))
start=$(date +%s%N)
"$build/bin/bijk-master" -f "$work/m/many/master.yml" status --html >/dev/null
took=$((($(date +%s%N) - start) / 1000000))
check "5,000 nodes in at most 2 s: $took ms" at_most "$took" 2000
check "and in at most 3 MB" at_most "$(stat -c %s "$work/m/many.html")" 3000000
master bad 5000 bad
check "also if all of them fail" at_most "$(stat -c %s "$work/m/bad.html")" 3000000

axe=${AXE:-$work/axe.min.js}
if [ ! -e "$axe" ] && command -v npm >/dev/null; then
	(cd "$work" && npm pack --silent axe-core >/dev/null 2>&1 &&
		tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js)
fi
if ! command -v chromium >/dev/null; then
	skip "chromium is not here"
elif [ ! -e "$axe" ]; then
	skip "axe-core is not here: npm cannot fetch it, and AXE names no file"
else
	for name in none three states hostile; do
		for width in 360 1600; do
			for scheme in light dark; do
				check "$name, $width pixels, $scheme: axe-core and a ruler" \
					looks_well $name $width $scheme
			done
		done
	done
	for width in 320 599 601 1001 1161; do
		check "$width pixels: axe-core and a ruler" looks_well hostile $width light
	done
fi
