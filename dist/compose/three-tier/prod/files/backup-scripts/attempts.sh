# Things that may fail without stopping the rest: each failure is told and counted.

# tell_failure WHAT WHY
tell_failure() {
  say "$1: FAILED: $2"
  printf '%s\n' "$1" >>"$work/failed"
}

# How many things failed so far.
count_failures() { wc -l <"$work/failed"; }

# explain_failure FILE: of what a command said, the part that tells why it failed: that is what dump.sh says, where it has run.
explain_failure() {
  local lines
  if lines=$(sed -n 's/^dump: //p' "$1" | grep -v ': warning: '); then
    head -n 4 <<<"$lines" | join_lines
  else
    reason_in "$1"
  fi
}

# attempt WHAT COMMAND …: a failure is told and counted, and ends the command alone. Not for use in conditions: there bash would let
# the command go on after an error.
attempt() {
  local what=$1 problems
  problems=$(mktemp -p "$work")
  shift
  "$@" 2>"$problems" </dev/null &
  wait $! && return
  tell_failure "$what" "$(explain_failure "$problems")"
}

# attempt_for_each COMMAND: for each server and database that it reads (SERVER/DATABASE, ended by NUL), several at a time.
attempt_for_each() {
  local item
  while IFS= read -r -d '' item; do
    [[ -n $item ]] || continue
    while (($(jobs -pr | wc -l) >= ${PARALLEL:-4})); do wait -n || :; done
    attempt "$(label_of "${item%%/*}" "${item#*/}")" "$1" "${item%%/*}" "${item#*/}" &
  done
  wait
}
