# What the other container needs for each database: a file in /work/offers, with its URL and the certificate of the server's authority, if
# that is asked for; or with an empty line, and why there is no URL.

# A statement whose client has been killed would go on, with all that it locks. So the server looks every few seconds whether the client is
# still there. It is a setting of the role, since asyncpg takes none from outside.
readonly LOOK="SELECT 'ALTER ROLE CURRENT_USER SET client_connection_check_interval = ''5s'''
  WHERE current_setting('client_connection_check_interval') = '0' \\gexec"

# Servers that take no connections.
declare -A away=()
# The files of the tenants that are waited for, as LINE-SLUG, and where each tenant's database is.
waiting=()
declare -A server_of=()

# write_offer FILE SERVER DATABASE ROLE PASSWORD_FILE
write_offer() {
  local file=$1 server=$2 database=$3 role=$4 password_file=$5 password problem address=${host[$2]}:${port[$2]}
  if ! read_password "$password_file"; then
    :
  elif [[ -n ${away[$server]:-} ]]; then
    problem="server $server at $address takes no connections"
  elif problem=$(query_server "$server" "$database" "$role" "$password" -v ON_ERROR_STOP=0 <<<"$LOOK" 2>&1); then
    problem=
  else
    problem=${problem:-psql failed}
  fi
  if [[ -n $problem ]]; then
    problem=${problem%%$'\n'*}
    printf '\n%s\n' "${problem#psql: error: }" >"$file"
  else
    write_url "$file" "$server" "$database" "$role" "$password"
  fi
}

# write_url FILE SERVER DATABASE ROLE PASSWORD
write_url() {
  local file=$1 server=$2 database=$3 role=$4 password=$5 address=${host[$2]} query ca='' account
  [[ $address != *:* ]] || address="[$address]"
  [[ ${tls[$server]} != verify-full ]] || ca=/etc/berth/ca/$server/ca.crt
  # SQLAlchemy's asyncpg dialect has another word for it than libpq, and takes the certificate from the environment alone.
  if [[ $CONNECTION_SCHEME == *+asyncpg ]]; then
    query=ssl=${tls[$server]}
  else
    query=sslmode=${tls[$server]}${ca:+&sslrootcert=$ca}
  fi
  account=$(encode_for_url "$role"):$(encode_for_url "$password")
  printf '%s\n' "$CONNECTION_SCHEME://$account@$address:${port[$server]}/$(encode_for_url "$database")?$query" "$ca" >"$file"
}

# has_url FILE: whether a database has got its URL.
has_url() {
  local url=
  [[ -e $1 ]] && read -r url <"$1"
  [[ -n $url ]]
}

# For for_each_tenant: a line that is wrong counts as a database without a URL, and the other container tells of it.
add_tenant() {
  local number mistake=$2 slug=$3 state=$4 server=$5
  printf -v number %04d "$1"
  if [[ -n $mistake ]]; then
    printf '\nline %s of tenants.tsv has %s\n' "$1" "$mistake" >"/work/offers/$number-unknown"
  else
    server_of[$slug]=$server
    [[ $state != active ]] || waiting+=("$number-$slug")
  fi
}

# Tries all that are waited for once, several at a time.
try_tenants() {
  local running=0 tenant slug server role
  for server in "${servers[@]}"; do
    pg_isready -q -t 3 -U "$OWNER_ROLE" -h "${host[$server]}" -p "${port[$server]}" || away[$server]=yes
  done
  for tenant in "${waiting[@]}"; do
    slug=${tenant#*-}
    role=$(tenant_role "$slug")
    ((running++ < PARALLEL)) || wait -n || :
    write_offer "/work/offers/$tenant" "${server_of[$slug]}" "$role" "$role" "/etc/berth/tenants/$slug" &
  done
  wait
}

# Until every tenant's database has its URL, or time is up.
offer_tenants() {
  local tenant still counted=''
  SECONDS=0
  while ((${#waiting[@]} > 0)); do
    # In a shell of its own: the next time, all servers are tried anew.
    (try_tenants)
    still=()
    for tenant in "${waiting[@]}"; do
      has_url "/work/offers/$tenant" || still+=("$tenant")
    done
    waiting=("${still[@]}")
    ((${#waiting[@]} > 0 && SECONDS < WAIT_SECONDS)) || break
    [[ ${#waiting[@]} == "$counted" ]] || say "waiting for ${#waiting[@]} of the tenants' databases, such as that of ${waiting[0]#*-}"
    counted=${#waiting[@]}
    pause 5
  done
}
