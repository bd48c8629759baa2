#!/bin/sh
# Copies the files of the application once from the volume of one shape (/from) to that of the other (/to). A note in each volume says where its
# files were copied from, so that a second run changes nothing, and a copy back is possible.
set -eu

count_files() { (cd "$1" && find . -type f ! -path './lost+found/*' ! -name '.copied-from-*' | wc -l); }

if [ -e "/to/.copied-from-$FROM" ]; then
  echo 'the files were copied before: nothing changes'
  exit 0
fi
find /from -mindepth 1 -maxdepth 1 ! -name lost+found ! -name '.copied-from-*' -exec cp -Rp {} /to/ \;
[ "$(count_files /to)" -ge "$(count_files /from)" ] || {
  echo "FAILED: $(count_files /from) files were to be copied, and there are $(count_files /to)" >&2
  exit 1
}
touch "/to/.copied-from-$FROM"
rm -f "/from/.copied-from-$TO"
echo "copied: $(count_files /from) files"
