#!/bin/sh
# Writes RabbitMQ's users and its virtual host to $HOME/definitions.json, which the server loads at each start, so that a new password is known
# after a restart.
# shellcheck shell=dash
set -eu
umask 077

# bytes HEXADECIMAL
bytes() {
  local pair
  for pair in $(printf %s "$1" | sed 's/../& /g'); do
    # shellcheck disable=SC2059 # The format is the byte.
    printf "\\$(printf %03o "0x$pair")"
  done
}

# user NAME TAG PASSWORD: the password as a hash of four bytes of salt, and of SHA-256 of salt and password. Line breaks at its end are no part
# of it, as everywhere. Source: rabbitmq.com, Credentials and Passwords.
user() {
  local password salt hash
  password=$(printf %s "$3")
  salt=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
  hash=$({ bytes "$salt" && printf %s "$password"; } | sha256sum | cut -c 1-64)
  printf '{"name":"%s","tags":["%s"],"password_hash":"%s","hashing_algorithm":"rabbit_password_hashing_sha256"}' \
    "$1" "$2" "$(bytes "$salt$hash" | base64 | tr -d '\n')"
}

permission() { printf '{"user":"%s","vhost":"%s","configure":".*","write":".*","read":".*"}' "$1" "$QUEUE_VHOST"; }

# management: it may ask the HTTP API for the length of its queues. administrator: it may export all definitions, or asks for the nodes.
users=$(user "$QUEUE_USER" management "$QUEUE_PASSWORD")
permissions=$(permission "$QUEUE_USER")
if [ -n "${BACKUP_PASSWORD:-}" ]; then
  users="$users,$(user backup administrator "$BACKUP_PASSWORD")"
  permissions="$permissions,$(permission backup)"
fi
[ -z "${OPERATOR_PASSWORD:-}" ] || users="$users,$(user operator administrator "$OPERATOR_PASSWORD")"
printf '{"vhosts":[{"name":"%s"}],"users":[%s],"permissions":[%s]}\n' "$QUEUE_VHOST" "$users" "$permissions" \
  >"$HOME/definitions.json"
