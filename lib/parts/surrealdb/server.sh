# The SurrealDB that is dumped and restored, and a scratch server in this pod.

# Only this pod reaches it.
readonly SCRATCH=http://127.0.0.1:8001

# query ENDPOINT NAMESPACE DATABASE EXPRESSION: the value of an expression that is a text. An empty name stands for none. User and password
# are read from the environment by the program itself.
query() {
  local answer
  answer=$(printf 'RETURN %s;\n' "$4" |
    surreal sql --endpoint "$1" ${2:+--namespace="$2"} ${3:+--database="$3"} --json --hide-welcome 2>"$LOG") ||
    fail "SurrealDB does not answer: $(reason_in "$LOG")"
  case $answer in
    '["'*'"]') answer=${answer#??} && printf '%s\n' "${answer%??}" ;;
    *) fail "SurrealDB refuses a query: $(printf '%s\n' "$answer" | cat - "$LOG" | join_lines)" ;;
  esac
}

# in_words LIST: an expression that is the texts of a list, in Base64 with a space between them: names may hold whatever they like.
in_words() { printf "array::join((%s).map(|\$one| encoding::base64::encode(<bytes> \$one, true)), ' ')" "$1"; }

# decode WORD
decode() { printf %s "$1" | base64 -d; }

# list_databases ENDPOINT: a line for each, with its namespace and its name in Base64.
list_databases() {
  local namespaces namespace databases database
  namespaces=$(query "$1" '' '' "$(in_words 'object::keys((INFO FOR ROOT).namespaces)')") || return
  for namespace in $namespaces; do
    databases=$(query "$1" "$(decode "$namespace")" '' "$(in_words 'object::keys((INFO FOR NS).databases)')") || return
    for database in $databases; do printf '%s %s\n' "$namespace" "$database"; done
  done
}

# count_records ENDPOINT NAMESPACE DATABASE: a line for each table, with its name in Base64 and the number of its records.
count_records() {
  local counts
  counts=$(query "$1" "$2" "$3" "array::join(object::keys((INFO FOR DB).tables).map(|\$table|
    encoding::base64::encode(<bytes> \$table, true) + '=' + <string> ((SELECT VALUE count() FROM type::table(\$table) GROUP ALL)[0] ?? 0)), ' ')") || return
  # shellcheck disable=SC2086 # a list
  [ -z "$counts" ] || printf '%s\n' $counts | sed 's/=\([0-9]*\)$/ \1/'
}

# list_accesses ENDPOINT NAMESPACE DATABASE: their names.
list_accesses() {
  local words word
  words=$(query "$1" "$2" "$3" "$(in_words 'object::keys((INFO FOR DB).accesses)')") || return
  for word in $words; do printf '%s ' "$(decode "$word")"; done
}

check_server() { query "$SURREAL_ENDPOINT" '' '' "'ready'" >/dev/null; }

# Starts the scratch server, on an empty folder.
start_scratch_server() {
  local tries=0
  rm -rf /tmp/scratch
  surreal start --no-banner --log warn --bind 127.0.0.1:8001 rocksdb:/tmp/scratch >/tmp/scratch.log 2>&1 &
  printf %s "$!" >/tmp/scratch.pid
  until surreal isready --endpoint "$SCRATCH" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if ! kill -0 "$(cat /tmp/scratch.pid)" 2>/dev/null || [ "$tries" -gt 300 ]; then
      fail "no scratch server could start: $(tail -n 2 /tmp/scratch.log | join_lines)"
    fi
    sleep 0.2
  done
}

stop_scratch_server() {
  [ ! -e /tmp/scratch.pid ] || kill "$(cat /tmp/scratch.pid)" 2>/dev/null || :
}
