# Dumps, loads and compares one database.

inspect_database() {
  check_versions
  act_as_owner
  query source "$from" <<<"select format('%s: %s, PostgreSQL %s, %s sorted by %s', datname, pg_size_pretty(pg_database_size(oid)),
    current_setting('server_version'), pg_encoding_to_char(encoding), datcollate) from pg_database where datname = current_database()"
  tell_not_taken
  check_extensions
  check_policies
}

# What a copy leaves behind, a line each.
tell_not_taken() {
  local line
  query source "$from" -f "$SCRIPTS/not-taken.sql" | while IFS= read -r line; do say "$from: not taken: $line"; done
}

# check_extensions: those that the target lacks, and that its role may not make.
check_extensions() {
  local names missing
  names=$(query source "$from" -c "select string_agg(extname, ',') from pg_extension where extname <> 'plpgsql'")
  missing=$(query target "$to" -v names="$names" <<<"select string_agg(case
      when a.name is null then wanted || ' (the server has it not)' else wanted || ' (an administrator makes it)' end, ', ')
    from unnest(string_to_array(:'names', ',')) wanted
      left join pg_available_extensions a on a.name = wanted
      left join pg_available_extension_versions v on v.name = wanted and v.version = a.default_version
    where a.name is null or a.installed_version is null and not (
      not v.superuser or v.trusted or (select rolsuper from pg_roles where rolname = current_user))")
  [ -z "$missing" ] || fail "target $to: it lacks extensions: $missing: create extension … in $to, then run this again"
}

# roles_missing KINDS: the roles that objects of the source name, and that the target has not. KINDS are those of pg_shdepend.
roles_missing() {
  local names
  names=$(query source "$from" -v kinds="$1" <<<"select coalesce(json_agg(distinct rolname)::text, '[]')
    from pg_shdepend join pg_roles on pg_roles.oid = refobjid
    where dbid = (select oid from pg_database where datname = current_database())
      and refclassid = 'pg_authid'::regclass and strpos(:'kinds', deptype::text) > 0 and rolname !~ '^pg_'") || return
  query target "$to" -v names="$names" <<<"select quote_ident(name) from json_array_elements_text(:'names') name
    where not exists (select from pg_roles where rolname = name)"
}

check_policies() {
  local missing
  missing=$(roles_missing r)
  [ -z "$missing" ] || fail "target $to: policies name roles that it lacks: ${missing//$'\n'/, }: create them, then run this again"
}

# check_target: nobody's rows are deleted without REPLACE.
check_target() {
  local mark rows
  mark=$(query target "$to" -c "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()")
  case $mark in
    'berth move: moved '*)
      fail "target $to: ${mark#berth move: }, and may have rows of its own since: it is not overwritten." \
        "Where it has none: comment on database $to is null, there, then REPLACE='$to'"
      ;;
    "berth move: copied from $from, not yet sealed") return ;;
  esac
  rows=$(query target "$to" -f "$SCRIPTS/rows.sql" | tr '\n' ' ') || fail "target $to: it could not be read"
  [ -z "$rows" ] || [[ " ${REPLACE:-} " == *" $to "* ]] ||
    fail "target $to: it has rows in ${rows% }: where they are to be deleted, set REPLACE='$to'"
}

# dump_source: an archive, and in $scratch/source what it has to hold, of one state of the database.
dump_source() {
  rm -f "$ARCHIVE"
  query source "$from" -f "$SCRIPTS/dump.sql" >"$scratch/source" || fail "source $from: it could not be read"
  [ -f "$ARCHIVE" ] || fail "source $from: pg_dump failed"
}

# print_load: the archive as SQL, in one transaction. What only a superuser may make is left out.
print_load() {
  local without=' (EVENT TRIGGER - |COMMENT - (EVENT TRIGGER|EXTENSION) |SCHEMA - public |COMMENT - SCHEMA public )'
  pg_restore --list "$ARCHIVE" | grep -Ev "^[0-9]+; [0-9]+ [0-9]+$without" >"$scratch/list"
  roles_missing oair >"$scratch/roles" || return
  printf '%s\n' 'begin;' 'drop owned by current_user;' 'create schema if not exists public;'
  pg_restore --no-owner --no-privileges --use-list="$scratch/list" --file=- "$ARCHIVE" || return
  grep -E '^[0-9]+; [0-9]+ [0-9]+ (DEFAULT )?ACL ' "$scratch/list" >"$scratch/rights" || return 0
  pg_restore --no-owner --use-list="$scratch/rights" --file=- "$ARCHIVE" | awk -v roles="$scratch/roles" '
    BEGIN { while ((getline role < roles) > 0) missing[role] = 1 }
    /^SET SESSION AUTHORIZATION / { skipped = 1; next }
    /^RESET SESSION AUTHORIZATION/ { skipped = 0; next }
    skipped { next }
    {
      for (role in missing)
        if (index($0, " TO " role ";") || index($0, " TO " role " WITH ") || index($0, " FROM " role ";") ||
          index($0, " FOR ROLE " role " ")) next
      print
    }'
}

# load_target: all or nothing.
load_target() {
  local mark
  mark=$(query target "$to" -v mark="berth move: copied from $from, not yet sealed" \
    <<<"select format('comment on database %I is %L;', current_database(), :'mark')")
  # Terse, since errors would show rows otherwise.
  { print_load && printf 'reset search_path;\n%s\ncommit;\nanalyze;\n' "$mark"; } |
    query target "$to" -v VERBOSITY=terse -o /dev/null 2>"$scratch/problems" ||
    fail "target $to: nothing was changed: $(grep -m 1 -E 'ERROR|FATAL|error:' "$scratch/problems" || tail -n 1 "$scratch/problems")"
}

# compare_with_target WITHOUT: $scratch/source against the target, without facts that begin with WITHOUT, and without rights of the roles in
# $scratch/missing.
compare_with_target() {
  local differences
  query target "$to" -f "$SCRIPTS/facts.sql" >"$scratch/target" || fail "target $to: it could not be read"
  differences=$(awk -F '\t' -v without="$1" -v roles="$scratch/missing" '
    BEGIN { while ((getline role < roles) > 0) missing[role] = 1 }
    { sub(/\r$/, "") }
    without != "" && index($1, without) == 1 { next }
    NR == FNR { source[$1] = $2; next }
    { target[$1] = $2 }
    END {
      for (fact in source) {
        role = fact
        if (sub(/^grant .* to /, "", role) && role in missing) continue
        if (!(fact in target)) printf "%s: %s there, nothing here\n", fact, source[fact]
        else if (source[fact] != target[fact]) printf "%s: %s there, %s here\n", fact, source[fact], target[fact]
      }
      # Rights that the target gives besides are its own.
      for (fact in target) if (!(fact in source) && fact !~ /^grant /) printf "%s: nothing there, %s here\n", fact, target[fact]
    }' "$scratch/source" "$scratch/target" | sort)
  [ -z "$differences" ] || {
    printf '%s\n' "$differences" | head -n 20 >&2
    return 1
  }
  say "$from: $(grep -c '^table ' "$scratch/source" || :) tables and their rows are equal on both sides"
}

copy_database() {
  local began=$SECONDS size took role
  act_as_owner
  check_target
  let_in
  check_versions
  tell_not_taken
  check_extensions
  check_policies
  roles_missing a >"$scratch/missing"
  size=$(query source "$from" -c 'select pg_database_size(current_database()) / 1000000')
  dump_source
  load_target
  while IFS= read -r role; do
    say "$from: not taken: rights of the role $role, which the target has not"
  done <"$scratch/missing"
  # Sequences are compared when nobody takes numbers any more.
  compare_with_target 'sequence ' || fail "target $to: it differs from what was dumped"
  took=$((SECONDS - began))
  say "$from: copied to $to: $size MB in $took s, $((size * 60 / (took > 0 ? took : 1))) MB a minute, checksums included"
}
