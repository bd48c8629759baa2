#!/bin/bash
# The laboratory's namespaces, networks and mounts. Network namespaces have the laboratory's name as prefix, to find those of crashed ones.
#   open LAB PODS SERVICES GATEWAY       the router that all pods are connected to, and this machine with it
#   attach LAB POD LINK ADDRESS [SYSCTL=VALUE…]   a namespace with an address
#   detach LAB POD                       ends what is in it, too
#   close LAB FOLDER                     all of a laboratory
#   run FOLDER COMMAND…                  a container, to its end: exits with its code; FOLDER/pid is its number, FOLDER/log what it says
#   exec FOLDER COMMAND…                 a command in a container that runs
set -euo pipefail
PATH=/usr/sbin:/usr/bin:/sbin:/bin

# What FOLDER/settings says of a container.
lab_namespace='' lab_hostname='' lab_root='' lab_read_only='' lab_user='' lab_path='' lab_workdir='' lab_files='' lab_rights=()

# Where every pod sends everything. The router has it on each of its links, so that links need no addresses of their own.
NEXT_HOP=169.254.1.1

open() {
  local lab=$1 pods=$2 services=$3 gateway=$4 router=${3%/*}
  ip netns add "$lab-router"
  ip netns exec "$lab-router" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  ip -n "$lab-router" -batch - <<IP
link set lo up
address add $NEXT_HOP/32 dev lo
link add host type veth peer name $lab netns $$
link set host up
route add $gateway/32 dev host
route add local $services dev lo
IP
  # A Service without pods is an address of the router itself without a listener: connections are refused, as by kube-proxy.
  ip -batch - <<IP
address add $gateway/32 dev $lab
link set $lab up
route add $router/32 dev $lab src $gateway
route add $pods via $router dev $lab src $gateway
route add $services via $router dev $lab src $gateway
IP
}

attach() {
  local lab=$1 pod=$2 link=$3 address=$4
  shift 4
  ip netns add "$lab-$pod"
  ip -n "$lab-$pod" -batch - <<IP
link set lo up
link add eth0 type veth peer name $link netns $lab-router
address add $address/32 dev eth0
link set eth0 up
route add $NEXT_HOP/32 dev eth0
route add default via $NEXT_HOP dev eth0
IP
  ip -n "$lab-router" -batch - <<IP
link set $link up
route add $address/32 dev $link
IP
  [ $# -eq 0 ] || ip netns exec "$lab-$pod" sysctl -qw "$@"
}

detach() {
  local pids
  while pids=$(ip netns pids "$1-$2") && [ -n "$pids" ]; do
    # shellcheck disable=SC2086 # a list
    kill -KILL $pids 2>/dev/null || true
    sleep 0.02
  done
  ip netns delete "$1-$2"
}

close() {
  local lab=$1 folder=$2 name path mounts
  for name in $(ip netns list | cut -d ' ' -f 1 | grep "^$lab-" || true); do detach "$lab" "${name#"$lab-"}"; done
  ip link delete "$lab" 2>/dev/null || true
  mounts=$(cut -d ' ' -f 2 /proc/mounts) # as a whole, since it changes on the way
  for path in $mounts; do
    [[ $path != "$folder"/* ]] || umount --lazy "$path"
  done
  rm -rf "$folder"
}

# Becomes a command as a pod's container may run it. What begins with lab_ is from FOLDER/settings.
become() {
  local stream
  for stream in 0 1 2; do # as runc does it: /dev/stdout is the container's to open
    [ ! -p "/proc/self/fd/$stream" ] || /opt/lab/chown "$lab_user" "/proc/self/fd/$stream"
  done
  ulimit -Sn 1024 # as containerd 2 does
  [ -z "$lab_files" ] || ulimit -Hn "$lab_files"
  local own=(-u SHLVL -u _ -u PWD -u OLDPWD) # bash's, not the container's
  PATH=$lab_path exec /opt/lab/env "${own[@]}" -C "$lab_workdir" /opt/lab/setpriv --pdeathsig KILL "${lab_rights[@]}" "$@"
}

run() {
  local folder=$1
  # shellcheck source=/dev/null
  . "$folder/settings"
  setpriv --pdeathsig KILL nsenter --net="/run/netns/$lab_namespace" \
    unshare --mount --uts --ipc --pid "$BASH" "$0" first "$@" </dev/null 2>&1 | cat >>"$folder/log"
  exit "${PIPESTATUS[0]}"
}

# The first process of the new process namespace, waited for from outside: unshare itself cannot tell that one was killed.
first() {
  set -m # or it would ignore SIGINT
  "$BASH" "$0" inside "$@" &
  exec 2>/dev/null # where this shell would tell of it
  wait $!
}

# In the container's namespaces, as their first process.
inside() {
  local folder=$1 source target mode pid
  shift
  # shellcheck source=/dev/null
  . "$folder/settings"
  exec 9>"$folder/pid"
  echo "$lab_hostname" >/proc/sys/kernel/hostname
  mkdir -p "$folder/layer"
  mount -t tmpfs -o mode=755 layer "$folder/layer"
  mkdir "$folder/layer/upper" "$folder/layer/work" "$folder/layer/root"
  mount -t overlay -o "lowerdir=$lab_root,upperdir=$folder/layer/upper,workdir=$folder/layer/work" root "$folder/layer/root"
  cd "$folder/layer/root"
  mkdir .machine
  pivot_root . .machine
  cd /
  hash -r
  # shellcheck disable=SC2123 # what is run from here on is the laboratory's own
  PATH=/opt/lab
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755,size=64k dev /dev
  mkdir /dev/shm
  mount -t tmpfs -o mode=1777,size=64m shm /dev/shm
  for source in null zero full random urandom tty; do
    touch "/dev/$source"
    mount --bind "/.machine/dev/$source" "/dev/$source"
  done
  for source in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${source#*:}" "/dev/${source%:*}"; done
  ln -s /proc/self/fd /dev/fd
  # From in here, because what links in the root point to is in the root.
  while IFS=$'\t' read -r source target mode; do
    if [ -d "/.machine$source" ]; then mkdir -p "$target"; else
      [ -e "$target" ] || { mkdir -p "${target%/*}/" && touch "$target"; }
    fi
    mount --bind "/.machine$source" "$target"
    [ "$mode" = rw ] || mount -o remount,bind,ro "$target"
  done <"/.machine$folder/mounts"
  mkdir -p "$lab_workdir"
  read -r pid _ <"/.machine/proc/self/stat" # as the machine counts
  umount --lazy /.machine
  rmdir /.machine
  [ "$lab_read_only" = false ] || mount -o remount,bind,ro /
  echo "$pid" >&9
  exec 9>&-
  become "$@"
}

exec_() {
  local folder=$1 pid
  shift
  # shellcheck source=/dev/null
  . "$folder/settings"
  pid=$(cat "$folder/pid")
  # Pipes, as a runtime gives them: /dev/stdin could not be opened if it were the socket that Node.js gives.
  exec 0< <(exec cat) 1> >(exec cat) 2> >(exec cat >&2)
  exec nsenter --target "$pid" --mount --uts --ipc --net --pid \
    /opt/lab/bash -c "$(declare -p lab_user lab_path lab_workdir lab_files lab_rights); $(declare -f become); become \"\$@\"" become "$@"
}

case $1 in
  open | attach | detach | close | run | first | inside) "$@" ;;
  exec) shift && exec_ "$@" ;;
  *) sed -n '2,8p' "$0" >&2 && exit 2 ;;
esac
