# Passwords, a file each.

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

# read_password FILE: $password; when there is none that can be used, $problem says what to do.
read_password() {
  password='' problem=''
  [[ ! -f $1 ]] || password=$(<"$1")
  if [[ -z $password ]]; then
    problem="there is no password: give the key ${1##*/} of the secret a value at its source, then run this again"
  elif [[ $password == *[[:cntrl:]]* ]]; then
    problem="the password under the key ${1##*/} holds a line break or another control character: choose another one"
  fi
  [[ -z $problem ]]
}
