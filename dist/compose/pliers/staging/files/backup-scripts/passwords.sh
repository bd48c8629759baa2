# Passwords, a file each. In POSIX shell. Line breaks at the end of a file are no part of its password: editors and `echo` put one there.

# read_password FILE: $password; when there is none that can be used, $problem says what to do.
read_password() {
  local line='' rest=''
  password='' problem=''
  if [ -f "$1" ]; then
    {
      IFS= read -r password || :
      while IFS= read -r line || [ -n "$line" ]; do rest=$rest$line; done
    } <"$1"
  fi
  case $password in *[[:cntrl:]]*) rest=yes ;; esac
  if [ -n "$rest" ]; then
    problem="the password under the key ${1##*/} holds a line break or another control character: choose another one"
  elif [ -z "$password" ]; then
    problem="there is no password: give the key ${1##*/} of the secret a value at its source, then run this again"
  fi
  [ -z "$problem" ]
}
