# What the tasks beside this file share; each of them reads it first. They run in SurrealDB's image with a shell, which has busybox;
# restic comes from a container before.
set -eu
set -o pipefail
umask 077
export PATH="/tools:$PATH:/"

readonly LOG=/tmp/log
readonly PROGRAMS='surreal'

. "$SCRIPTS/log.sh"
. "$SCRIPTS/restic.sh"
. "$SCRIPTS/background.sh"
. "$SCRIPTS/server.sh"
. "$SCRIPTS/dumps.sh"
