# What the tasks beside this file share; each of them reads it first. They run in restic's image, which has busybox.
set -eu
set -o pipefail
umask 077
export PATH="/tools:$PATH"

readonly LOG=/tmp/log
readonly PROGRAMS=''

. "$SCRIPTS/log.sh"
. "$SCRIPTS/restic.sh"
. "$SCRIPTS/background.sh"
