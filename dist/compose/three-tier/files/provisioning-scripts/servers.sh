# The PostgreSQL servers: the list of them, and the one way to connect. For bash; it wants log.sh and passwords.sh.
#
# Whatever talks to a server takes the server's name first, then the database, then the role. What is the same for all sessions of a
# script, such as PGOPTIONS and PGCONNECT_TIMEOUT, the script exports.

# What read_servers finds: the names in their order, and by name the rest. The first server holds the admin database.
servers=()
declare -A host=() port=() tls=()

# Reads servers.tsv.
read_servers() { read_server_list servers.tsv </etc/berth/data/servers.tsv; }

# read_server_list NAME: adds the servers of a list, from its input.
read_server_list() {
  local LC_ALL=C list=$1 name address number mode rest line=0
  while IFS=$'\t' read -r name address number mode rest || [[ -n $name ]]; do
    line=$((line + 1))
    [[ $name =~ ^[a-z]([a-z0-9-]*[a-z0-9])?$ && -z ${host[$name]-} && $address =~ ^[A-Za-z0-9.:_-]+$ && $number =~ ^[0-9]{1,5}$ &&
      $mode =~ ^(disable|require|verify-full)$ && -z $rest ]] ||
      fail "line $line of $list: not a name, a host, a port and a TLS mode"
    servers+=("$name")
    host[$name]=$address port[$name]=$number tls[$name]=$mode
  done
  ((line > 0)) || fail "$list: there is no server"
}

# run_on_server SERVER DATABASE ROLE PASSWORD COMMAND …: a client program of PostgreSQL, which finds in its environment where to connect.
run_on_server() {
  local server=$1 database=$2 role=$3 password=$4
  shift 4
  PGHOST=${host[$server]} PGPORT=${port[$server]} PGSSLMODE=${tls[$server]} PGSSLROOTCERT=/etc/berth/ca/$server/ca.crt \
    PGDATABASE=$database PGUSER=$role PGPASSWORD=$password "$@"
}

# psql as all scripts run it: an error ends it, its output is data alone, and it never asks for the password by which it connects.
readonly PSQL=(psql -XAtqw -v ON_ERROR_STOP=1 -v SHOW_CONTEXT=never)

# query_server SERVER DATABASE ROLE PASSWORD [psql's arguments …]: SQL from -c, -f or the input.
query_server() { run_on_server "${@:1:4}" "${PSQL[@]}" "${@:5}"; }

# role_password ROLE: of one of the system's own roles.
role_password() {
  local password problem
  read_password "/etc/berth/roles/$1" || fail "role $1: $problem"
  printf %s "$password"
}
