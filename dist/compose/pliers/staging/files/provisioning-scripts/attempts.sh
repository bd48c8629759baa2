# Commands that may fail, and why they did: $problem, which is empty when nothing did.

# attempt COMMAND …: when it fails, $problem is what it complained of, on one line, without what psql puts before it.
attempt() {
  local said code
  said=$("$@" 2>&1 >/dev/null) && return
  code=$?
  said=${said//Enter new password*again: /}
  said=${said//psql:?( error:|+([! ]):+([0-9]):) /}
  said=${said//+([[:space:][:cntrl:]])/ }
  said=${said# }
  problem=${said:0:600}
  problem=${problem:-psql ended with code $code}
  return 1
}

# retry COMMAND …: until it succeeds or time is up.
retry() {
  until attempt "$@" </dev/null; do
    ((SECONDS < WAIT_SECONDS)) || return 1
    sleep 2
  done
}

# Ends the run.
stop_run() {
  say "$*"
  ! has_tenants || say 'no tenant was touched'
  exit 1
}
