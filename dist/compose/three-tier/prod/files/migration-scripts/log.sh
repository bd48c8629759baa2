# What scripts say. In POSIX shell, since every image reads it.

# say TEXT …: one line.
say() { printf '%s\n' "$*"; }

# fail WHY: says so, and ends the script, or the subshell that it is called in.
fail() {
  say "FAILED: $*" >&2
  exit 1
}

# format_duration SECONDS
format_duration() { printf '%d h %02d min' $(($1 / 3600)) $(($1 / 60 % 60)); }

# Makes one line of its input, which fits into a log.
join_lines() { sed 's/^FAILED: //' | awk 'NR > 1 { printf "; " } { printf "%s", $0 }' | cut -c 1-600; }

# reason_in FILE: from what a program says of an error, the lines that tell it. restic tells of each time that it tries again.
reason_in() {
  { grep -v -e '^$' -e 'returned error, retrying' "$1" || tail -n 1 "$1"; } | tail -n 4 | join_lines
}
