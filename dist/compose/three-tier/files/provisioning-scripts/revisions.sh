# The revisions of Secrets.

# wait_for_secret WHAT REVISION: until the mounted Secret is of this revision, which may come after this pod has started. With the passwords
# of before, the run would change nothing and succeed.
wait_for_secret() {
  local what=$1 revision=$2 file=/etc/berth/$1/.revision
  until [[ -z $revision || $(cat "$file" 2>/dev/null) == "$revision" ]]; do
    ((SECONDS < SECRET_SECONDS)) ||
      stop_run "the passwords of the $what: FAILED: their Secret has not come as revision $revision for $SECRET_SECONDS s: see whether it was made or fetched"
    sleep 1
  done
}
