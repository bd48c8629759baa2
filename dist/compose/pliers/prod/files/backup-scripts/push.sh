# Tells a Prometheus Pushgateway when each database was last dumped, so that one that fails does not hide that another one begins to fail.
# It wants snapshots.sh.

# push_ages: of every server that answers. A server that does not answer keeps what was told of it before, and so does all after a run that
# is stopped: it gets older, which is the alert.
push_ages() {
  local server
  find_snapshots
  for server in "${servers[@]}"; do
    ! is_answering "$server" || push_server "$server"
  done
}

# push_server SERVER: by POST, which replaces all that was told of the server: what is gone or left out by now is told of no more.
push_server() {
  print_ages "$1" >"$work/ages"
  wget -q -T 30 -O /dev/null --post-file "$work/ages" "$PUSHGATEWAY/server/$1"
}

# print_ages SERVER: the time of the newest dump of each database and, without a name, of the roles: 0 where there is none. Names are those
# of the log, which need no quotes. Source: prometheus.io, Exposition formats.
print_ages() {
  local metric=berth_backup_last_success_timestamp_seconds item database path
  printf '# TYPE %s gauge\n' "$metric"
  for item in "${databases[@]}"; do
    [[ $item == "$1/"* ]] || continue
    database=${item#*/}
    path=$(path_of "$1" "$database")
    printf '%s{database="%s"} %s\n' "$metric" "$(encode_name "$database")" "${taken[$path]:-0}"
  done
}
