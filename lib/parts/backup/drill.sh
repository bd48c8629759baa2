#!/bin/bash
# Proves that the dumps can be restored: the repository is sound, the newest dump of every database is young enough (RPO), and the admin
# database and some tenants', other ones each day, come back as they were, in time (RTO).
source /etc/berth/scripts/common.sh
begin

# The whole of the data is read once in four weeks.
readonly READ_PARTS=28
today=$(($(date +%s) / 86400))

check_repository() {
  local said
  said=$(locked check --quiet --with-cache --read-data-subset "$((today % READ_PARTS + 1))/$READ_PARTS" 2>&1) && return
  die "$(grep -v '^$' <<<"$said" | head -n 4)"
}

span() { printf '%d h %02d min' $(($1 / 3600)) $(($1 / 60 % 60)); }

# check_age WHAT PATH
check_age() {
  local age
  # The last dump of a tenant that was removed says nothing of one that came back.
  if [[ -z ${newest[$2]:-} || -n ${final[$2]:-} ]]; then
    [[ -n ${young[$1]:-} ]] || failed "$1" 'it was never dumped'
    return
  fi
  age=$(($(date +%s) - ${taken[$2]}))
  ((age <= RPO_SECONDS)) || failed "$1" "its newest dump is $(span "$age") old, more than the RPO of $(span "$RPO_SECONDS")"
}

restore_one() {
  local server=$1 database=$2 path scratch began=$SECONDS
  path=$(path_of "$server" "$database")
  scratch=$(scratch_name drill)
  bring_back "$server" "$database" "${newest[$path]}" "$path" "$scratch"
  drop_scratch "$scratch"
  say "$(label_of "$server" "$database"): restored as it was dumped, ${bytes[$path]} bytes in $((SECONDS - began)) s"
}

open_repository || die 'there is no repository: nothing was ever dumped'
attempt 'repository' check_repository
find_databases
((${#databases[@]} > 0)) || conclude 'there are no databases'
find_snapshots
drop_leftovers drill

# Tenants that are younger than the RPO may have no dump yet.
declare -A young
if has_tenants; then
  while read -r database; do
    for server in "${servers[@]}"; do young[$(label_of "$server" "$database")]=yes; done
  done < <(ask "${servers[0]}" "$ADMIN_DATABASE" -v seconds="$RPO_SECONDS" \
    <<<"select database_name from public.tenant_registry where created_at > now() - make_interval(secs => :seconds)" 2>/dev/null)
fi

chosen=() tenants=()
for server in "${servers[@]}"; do
  [[ ! -e $work/databases-$server ]] || check_age "$(label_of "$server" '')" "$(path_of "$server" '')"
done
for item in "${databases[@]}"; do
  server=${item%%/*} database=${item#*/}
  path=$(path_of "$server" "$database")
  check_age "$(label_of "$server" "$database")" "$path"
  [[ -n ${newest[$path]:-} ]] || continue
  if [[ $item == "${servers[0]}/$ADMIN_DATABASE" ]]; then
    chosen+=("$item")
  elif has_tenants && [[ $database == "$TENANT_PREFIX"* ]]; then
    tenants+=("$item")
  fi
done
# The next ones each day, so that every tenant has its turn.
count=${#tenants[@]}
for ((index = 0; index < count && index < SAMPLE; index++)); do chosen+=("${tenants[(today * SAMPLE + index) % count]}"); done

began=$SECONDS
total=0
for item in "${chosen[@]}"; do
  server=${item%%/*} database=${item#*/}
  attempt "$(label_of "$server" "$database")" restore_one "$server" "$database"
  path=$(path_of "$server" "$database")
  total=$((total + ${bytes[$path]}))
done
took=$((SECONDS - began))
((${#chosen[@]} > 0)) || failed 'restore' 'there is nothing to restore'
((took <= RTO_SECONDS)) || failed 'restore' "it took $took s, more than the $RTO_SECONDS s of the RTO"

conclude "no dump is older than $(span "$RPO_SECONDS"); ${#chosen[@]} of ${#databases[@]} databases came back, $total bytes in $took s"
