# Texts as parts of URLs and file names. For bash.

# percent_encode TEXT KEPT: every byte but letters, digits and those of KEPT becomes %XX.
percent_encode() {
  local LC_ALL=C text=$1 kept=$2 encoded='' index byte code
  for ((index = 0; index < ${#text}; index++)); do
    byte=${text:index:1}
    if [[ $byte != [A-Za-z0-9] && $kept != *"$byte"* ]]; then
      printf -v code %d "'$byte"
      printf -v byte %%%02X $((code & 255))
    fi
    encoded+=$byte
  done
  printf %s "$encoded"
}

# encode_for_url TEXT: as one part of a URL (RFC 3986).
encode_for_url() { percent_encode "$1" '._~-'; }
