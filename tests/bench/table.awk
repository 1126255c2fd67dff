# SPDX-License-Identifier: ISC
# The results of one row as a table of Markdown. -v title=
BEGIN { FS = "\t" }
$1 == "remark" { remarks = remarks "\n" $2 "\n"; next }
{
	if (!head++)
		table = "\n| measure | unit | ours | theirs | ratio | to reach | reached |\n| --- | --- | --- | --- | --- | --- | --- |\n"
	ratio = reached = to = ""
	if ($4 != "" && $4 + 0 != 0)
		ratio = $7 != "" ? $7 : $3 / $4
	if ($5 != "" && ratio != "") {
		to = $5 " " $6
		reached = (index($5, "<") ? ratio <= $6 : ratio >= $6) ? "yes" : "**no**"
	}
	table = table sprintf("| %s | %s | %.5g | %s | %s | %s | %s |\n", $1, $2, $3, $4 == "" ? "" : sprintf("%.5g", $4),
		ratio == "" ? "" : sprintf("%.3g", ratio), to, reached)
}
END { printf "\n## %s\n%s%s", title, table, remarks }
