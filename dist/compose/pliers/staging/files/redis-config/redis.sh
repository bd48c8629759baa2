#!/bin/sh
# Makes the list of users from the secrets, and becomes Redis. The list has hashes of the passwords, and is in memory.
set -eu
umask 077

# Line breaks at the end are no part of a password, as everywhere: see passwords.sh.
REDISCLI_AUTH=$(printf %s "$REDISCLI_AUTH")
BACKUP_PASSWORD=$(printf %s "${BACKUP_PASSWORD:-}")

hash_of() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }

[ -n "$REDISCLI_AUTH" ] || {
  echo 'the password is empty' >&2
  exit 1
}
# Applications may do anything but stop others, see what they do, or change the server. Clients ask for `info` when they connect.
echo "user default on #$(hash_of "$REDISCLI_AUTH") ~* &* +@all -@dangerous +info" >/run/redis/users.acl
# Dumps and restores: no command that shows a key, except a dump of all. No transactions: Redis would leave them out when it reads its log.
if [ -n "$BACKUP_PASSWORD" ]; then
  echo "user backup on #$(hash_of "$BACKUP_PASSWORD") resetchannels ~* -@all" \
    '+ping +info +dbsize +select +sync +psync +replconf +restore +swapdb +flushdb +flushall +function|restore' \
    '(+set +del ~berth:*)' >>/run/redis/users.acl
fi
unset REDISCLI_AUTH BACKUP_PASSWORD
exec redis-server /etc/redis/redis.conf
