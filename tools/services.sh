#!/usr/bin/env bash
# Installs what the service tests need: a Debian root file system with PostgreSQL, PgBouncer, restic, Redis, RabbitMQ, nginx, promtool, the Pushgateway, Python and
# barman-cloud, rclone as an S3 server, and a registry with skopeo. `tools/services.sh ensure` creates what is missing (a few minutes, once) below
# ${XDG_CACHE_HOME:-~/.cache}/berth/services. Where it cannot, it prints in one line what is missing and exits with 3.
set -euo pipefail

SUITE=trixie   # the first with PgBouncer 1.21 (prepared statements) and restic 0.17 (a failed dump is seen)
OLDER=bookworm # with PostgreSQL 15, a server that is older than its clients
PACKAGES=postgresql,pgbouncer,restic,redis-server,rabbitmq-server,amqp-tools,nginx,prometheus,prometheus-pushgateway,python3-venv,busybox,ca-certificates,openssl,procps
WHEELS='asyncpg==0.32.0 sqlalchemy[asyncio]==2.1.9 alembic==1.20.1 psycopg[binary]==3.3.9'
# With the psycopg2 that has wheels, so that pip cannot look at what each of them requires.
BARMAN='barman==3.19.1 psycopg2-binary==2.9.13 boto3==1.44.8 botocore==1.44.8 s3transfer==0.19.3 jmespath==1.1.0 urllib3==2.8.0
  python-dateutil==2.9.0.post0 six==1.17.0'
RCLONE=v1.71.2

cache=${XDG_CACHE_HOME:-$HOME/.cache}/berth/services

missing() {
  echo "test:services: $*" >&2
  exit 3
}

# Installs the tools that this machine lacks. The map has the package of each tool.
tools() {
  local lacking=() tool
  declare -A package=([skopeo]=skopeo [docker - registry]=docker-registry [debootstrap]='debootstrap debian-archive-keyring gpgv' [ip]=iproute2 [nft]=nftables [setpriv]=util-linux [flock]=util-linux)
  for tool in "${!package[@]}"; do
    command -v "$tool" >/dev/null || read -ra lacking <<<"${lacking[*]} ${package[$tool]}"
  done
  python3 -m pip --version >/dev/null 2>&1 || lacking+=(python3-pip)
  [ ${#lacking[@]} = 0 ] && return
  command -v apt-get >/dev/null || missing "install ${lacking[*]}"
  echo "test:services: installing ${lacking[*]}"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${lacking[@]}"; } \
    >"$cache/apt.log" 2>&1 || missing "could not install ${lacking[*]}, see $cache/apt.log"
}

# The mirror that this machine uses, if it is a Debian one.
mirror() {
  local site
  # shellcheck disable=SC2016 # apt-get's own words
  site=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | awk '/\/debian\/?$/ && !found++') || true
  echo "${site:-https://deb.debian.org/debian}"
}

# python_packages ROOT FOLDER PACKAGES: a virtual environment in the root file system. Wheels are downloaded by this machine's pip, by its
# settings, and installed without a network.
python_packages() {
  local root=$1 folder=$2 version
  version=$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  local platforms=()
  for libc in manylinux2014 manylinux_2_17 manylinux_2_28; do platforms+=(--platform "${libc}_$(uname -m)"); done
  python3 -m pip download --quiet --disable-pip-version-check --dest "$root/tmp/wheels" --only-binary=:all: \
    --python-version "$version" --implementation cp "${platforms[@]}" "${@:3}"
  chroot "$root" python3 -m venv "$folder"
  chroot "$root" env -i PATH=/usr/bin:/bin HOME=/root "$folder/bin/pip" install --quiet --disable-pip-version-check \
    --no-index --find-links /tmp/wheels "${@:3}"
}

# barman-cloud, in a root file system that is there: it has a stamp of its own, since the rest takes minutes.
barman_cloud() {
  local root=$cache/root
  [ "$(cat "$root/opt/barman/stamp" 2>/dev/null)" != "$BARMAN" ] || return 0
  rm -rf "$root/opt/barman"
  # shellcheck disable=SC2086 # a list
  python_packages "$root" /opt/barman --no-deps $BARMAN >"$cache/barman.log" 2>&1 ||
    missing "barman-cloud could not be installed, see $cache/barman.log"
  rm -rf "$root/tmp/wheels"
  echo "$BARMAN" >"$root/opt/barman/stamp"
}

# PostgreSQL as in its official Alpine image: the user's ID, which pods use, and a server that listens on all addresses.
postgres() {
  # shellcheck disable=SC2016 # a script
  chroot "$1" sh -euc '
    usermod -u 70 postgres
    groupmod -g 70 postgres
    rm -rf /var/lib/postgresql/*/main
    chown -R postgres:postgres /var/lib/postgresql
    sed -i "\$ a listen_addresses = '"'*'"'" /usr/share/postgresql/*/postgresql.conf.sample'
}

# The commands that the lab itself runs in a container, and those of Alpine images, which come before Debian's in PATH: busybox's,
# and the image's own. Commands that Debian's busybox lacks are GNU's.
images() {
  # shellcheck disable=SC2016 # a script
  chroot "$1" sh -euc '
    mkdir -p /opt/lab /opt/images
    for tool in bash chown env ln mkdir mount rmdir setpriv touch umount; do cp "$(command -v $tool)" /opt/lab/; done
    for image in postgres pgbouncer restic redis; do
      mkdir "/opt/images/$image"
      cp /usr/bin/busybox "/opt/images/$image/"
      for tool in cksum comm flock mountpoint nice nohup pgrep pkill printenv split sum; do cp "$(command -v $tool)" "/opt/images/$image/"; done
      for applet in $(busybox --list); do
        [ "$applet" = busybox ] || ln -sf busybox "/opt/images/$image/$applet"
      done
    done
    cp /usr/bin/bash /opt/images/postgres/
    ln -sf /usr/lib/postgresql/*/bin/* /opt/images/postgres/
    cp /usr/sbin/pgbouncer /opt/images/pgbouncer/
    cp /usr/bin/restic /opt/images/restic/
    cp -P /usr/bin/redis-server /usr/bin/redis-cli /usr/bin/redis-check-* /opt/images/redis/'
}

# is_current NAME STAMP: whether the root file system is there, with this stamp.
is_current() { [ "$(cat "$cache/$1.stamp" 2>/dev/null)" = "$2" ]; }

# bootstrap NAME SUITE PACKAGES: begins a root file system of Debian, as $cache/NAME.new.
bootstrap() {
  local new=$cache/$1.new script=/usr/share/debootstrap/scripts/$2
  echo "test:services: creating $cache/$1, this takes a few minutes"
  rm -rf "$new"
  # An older debootstrap may not have a script for the suite; all suites of Debian use the same one.
  [ -e "$script" ] || script=${script%/*}/sid
  debootstrap --variant=minbase --include="$3" "$2" "$new" "$(mirror)" "$script" >"$cache/debootstrap-$1.log" 2>&1 ||
    missing "debootstrap failed, see $cache/debootstrap-$1.log"
}

# finish NAME STAMP: puts the new root file system in the place of the old one.
finish() {
  local root=$cache/$1 new=$cache/$1.new
  rm -rf "$new"/tmp/* "$new"/var/cache/apt/* "$new"/var/lib/apt/lists/* "$new"/usr/share/{doc,man,locale}/* "$new"/etc/resolv.conf
  rm -rf "$root" "$root.stamp"
  mv "$new" "$root"
  echo "$2" >"$root.stamp"
}

# A root file system that has PostgreSQL 15 alone.
older_root_file_system() {
  local new=$cache/older.new stamp
  stamp="$OLDER $(declare -f postgres older_commands)"
  is_current older "$stamp" && return
  bootstrap older "$OLDER" postgresql
  postgres "$new"
  older_commands "$new"
  finish older "$stamp"
}

# The commands that the lab itself runs, and the server's own.
older_commands() {
  # shellcheck disable=SC2016 # a script
  chroot "$1" sh -euc '
    mkdir -p /opt/lab
    for tool in bash chown env ln mkdir mount rmdir setpriv touch umount; do cp "$(command -v $tool)" /opt/lab/; done
    ln -sf /usr/lib/postgresql/*/bin/* /usr/local/bin/'
}

root_file_system() {
  local new=$cache/root.new stamp
  stamp="$SUITE $PACKAGES $WHEELS $(declare -f postgres images)"
  is_current root "$stamp" && return
  bootstrap root "$SUITE" "$PACKAGES"
  # shellcheck disable=SC2086 # a list
  python_packages "$new" /opt/venv $WHEELS >"$cache/pip.log" 2>&1 || missing "the Python packages could not be installed, see $cache/pip.log"
  postgres "$new"
  images "$new"
  finish root "$stamp"
}

s3_server() {
  local stamp="$cache/bin/rclone.stamp"
  [ "$(cat "$stamp" 2>/dev/null)" != "$RCLONE" ] || return 0
  command -v go >/dev/null || missing "needs Go to build rclone (the packaged ones cannot serve S3)"
  echo "test:services: building rclone $RCLONE, this takes a few minutes"
  CGO_ENABLED=0 GOFLAGS=-trimpath GOBIN=$cache/bin go install "github.com/rclone/rclone@$RCLONE" >"$cache/rclone.log" 2>&1 ||
    missing "rclone could not be built, see $cache/rclone.log"
  echo "$RCLONE" >"$stamp"
}

[ "${1:-}" = ensure ] || {
  echo 'usage: tools/services.sh ensure' >&2
  exit 2
}
[ "$(uname -s)" = Linux ] || missing 'needs Linux'
[ "$(id -u)" = 0 ] || missing 'needs root to create namespaces for each pod'
mkdir -p "$cache/bin"
tools
unshare --mount --net true 2>/dev/null || missing 'cannot create namespaces here; a container has to be privileged'
exec 9>"$cache/lock" # one at a time
flock 9
s3_server
root_file_system
older_root_file_system
barman_cloud
