# The SurrealDB that is dumped and restored, and a scratch server in this pod.

# Only this pod reaches it.
readonly SCRATCH=http://127.0.0.1:8001

# What INFO answers.
readonly OBJECT='\[\{.*}]'

# run_sql ENDPOINT NAMESPACE DATABASE STATEMENT FORM: its result as one line of JSON of that form (a regular expression): an error is a text. An
# empty name stands for none. User and password are read from the environment by the program itself.
run_sql() {
  local answer
  answer=$(printf '%s;\n' "$4" |
    surreal sql --endpoint "$1" ${2:+--namespace="$2"} ${3:+--database="$3"} --json --hide-welcome 2>"$LOG") ||
    fail "SurrealDB does not answer: $(reason_in "$LOG")"
  if ! printf '%s\n' "$answer" | grep -Eqx "$5"; then
    fail "SurrealDB refuses a statement: $(printf '%s\n' "$answer" | cat - "$LOG" | join_lines)"
  fi
  printf '%s\n' "$answer"
}

# list_names FIELD: the keys of a field of what INFO says, a line for each.
list_names() {
  awk -v field="$1" '
    { text = text $0 }
    END {
      for (i = 1; i <= length(text); i++) {
        sign = substr(text, i, 1)
        if (sign ~ /[[{]/) depth++
        else if (sign ~ /[]}]/) depth--
        else if (sign == "\"") {
          name = ""
          odd = 0
          for (i++; (sign = substr(text, i, 1)) != "\""; i++) {
            if (sign == "\\") {
              sign = substr(text, ++i, 1)
              if (sign !~ /["\\\/]/) odd = 1
            }
            name = name sign
          }
          if (substr(text, i + 1, 1) != ":") continue
          if (depth == 2) section = name
          else if (depth == 3 && section == field) {
            if (odd) exit 1
            print name
          }
        }
      }
    }'
}

# list_databases ENDPOINT: a line for each, with its namespace, a tab and its name.
list_databases() {
  local namespaces namespace info tab
  tab=$(printf '\t')
  namespaces=$(run_sql "$1" '' '' 'INFO FOR ROOT' "$OBJECT") || return
  namespaces=$(printf %s "$namespaces" | list_names namespaces) || fail 'a namespace has a control character in its name'
  printf '%s\n' "$namespaces" | while read -r namespace; do
    info=$(run_sql "$1" "$namespace" '' 'INFO FOR NS' "$OBJECT" </dev/null) || exit
    printf %s "$info" | list_names databases | sed "s/^/$(printf %s "$namespace" | sed 's/[\\&/]/\\&/g')$tab/"
  done
}

# count_records ENDPOINT NAMESPACE DATABASE: a line for each table, with its name in Base64, since names may hold whatever they like, and the
# number of its records.
count_records() {
  local counts
  counts=$(run_sql "$1" "$2" "$3" "RETURN array::join(object::keys((INFO FOR DB).tables).map(|\$table| encoding::base64::encode(<bytes> \$table, true) + '=' + <string> ((SELECT VALUE count() FROM type::table(\$table) GROUP ALL)[0] ?? 0)), ' ')" '\["([A-Za-z0-9+/=]+=[0-9]+ ?)*"]') || return
  printf '%s\n' "$counts" | sed 's/^\["//; s/"\]$//' | tr ' ' '\n' | sed -n 's/=\([0-9]*\)$/ \1/p'
}

# list_accesses ENDPOINT NAMESPACE DATABASE: their names, a line for each.
list_accesses() {
  local info
  info=$(run_sql "$1" "$2" "$3" 'INFO FOR DB' "$OBJECT") || return
  printf %s "$info" | list_names accesses
}

# list_users ENDPOINT NAMESPACE: the names of its users, or of those of the root where the namespace is empty, a line for each.
list_users() {
  local info level=ROOT
  [ -z "$2" ] || level=NS
  info=$(run_sql "$1" "$2" '' "INFO FOR $level" "$OBJECT") || return
  printf %s "$info" | list_names users
}

check_server() { run_sql "$SURREAL_ENDPOINT" '' '' 'INFO FOR ROOT' "$OBJECT" >/dev/null; }

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
