# Dumps as any server and any psql take them. pg_dump writes for what is as new as itself: an older server does not know all that it sets at
# the head of a dump, and an older psql does not know \restrict.

# Whether psql has \restrict: after it, psql takes no line of a dump for a command of its own.
knows_restrict() { [[ $(psql --help=commands) == *'\restrict'* ]]; }

# print_portable: what pg_dump or pg_restore wrote, from its input. At its head, what the server does not know is not set.
print_portable() {
  local line='' key=''
  while IFS= read -r line; do
    case $line in
      'SET '*' = '*\;) print_setting "$line" ;;
      '\restrict '*) key=${line#* } ;;
      '' | --* | 'SELECT pg_catalog.set_config('*) printf '%s\n' "$line" ;;
      *) break ;;
    esac
    line=
  done
  if knows_restrict; then
    # A dump that was made before there was a \restrict gets one, which lasts until its end.
    printf '\\restrict %s\n%s\n' "${key:-$SRANDOM$SRANDOM$SRANDOM}" "$line"
    cat
  elif [[ $key =~ ^[A-Za-z0-9]+$ ]]; then
    { printf '%s\n' "$line" && cat; } | sed "/^\\\\unrestrict $key\$/d"
  else
    printf '%s\n' "$line"
    cat
  fi
}

# print_setting "SET NAME = VALUE;"
print_setting() {
  local setting=${1#SET } name value
  name=${setting%% = *} value=${setting#* = }
  value=${value%;}
  [[ $value == \'* ]] || value="'$value'"
  printf "select pg_catalog.set_config(name, %s, false) from pg_catalog.pg_settings where name = '%s';\n" "$value" "$name"
}
