# The list of tenants. For bash; it wants servers.sh, whose servers have to be read.

# Whether there are tenants. Without a list there are none: no registry, nobody who reads or writes it, and no passwords of theirs.
has_tenants() { [[ -e /etc/berth/data/tenants.tsv ]]; }

# for_each_tenant COMMAND: runs `COMMAND LINE MISTAKE SLUG STATE SERVER LIMIT NAME` for each line of tenants.tsv. MISTAKE is what is wrong
# with the line, such as "no state", and empty when it is right. A field may be empty: read would take two tabs for one.
for_each_tenant() {
  local LC_ALL=C separator=$'\x1f' text mistake slug state server limit name rest line=0
  local -A lines=()
  while read -r text || [[ -n $text ]]; do
    line=$((line + 1)) mistake=
    IFS=$separator read -r slug state server limit _ name rest <<<"${text//$'\t'/$separator}"
    if [[ ! $slug =~ ^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$ || $slug == *--* ]]; then
      mistake='no slug' slug=
    elif [[ -n ${lines[$slug]-} ]]; then
      mistake="the slug of line ${lines[$slug]}"
    elif [[ ! $state =~ ^(active|suspended|removed)$ ]]; then
      mistake='no state'
    elif [[ -z $server || -z ${host[$server]-} ]]; then
      mistake='no server of servers.tsv'
    elif [[ ! $limit =~ ^(-1|[0-9]{1,6})$ ]]; then
      mistake='no connection limit'
    elif [[ -z $name || $name == *[[:cntrl:]]* || -n $rest ]]; then
      mistake='no name on one line'
    fi
    [[ -z $slug ]] || lines[$slug]=$line
    "$1" "$line" "$mistake" "$slug" "$state" "$server" "$limit" "$name" </dev/null
  done </etc/berth/data/tenants.tsv
}

# tenant_role SLUG: the name of the tenant's role and of its database.
tenant_role() { printf %s "$TENANT_PREFIX${1//-/_}"; }
