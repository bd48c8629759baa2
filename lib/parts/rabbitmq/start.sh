#!/bin/sh
# Starts RabbitMQ of one pod, with its definitions.
# shellcheck shell=dash
set -eu
umask 077

/bin/sh "${0%/*}/definitions.sh"

# Programs in this container find the node by it. None of another pod reaches the node's own port, which is at 127.0.0.1.
# The folder outlives a container, and the file cannot be written twice.
rm -f "$HOME/.erlang.cookie"
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$HOME/.erlang.cookie"
chmod 400 "$HOME/.erlang.cookie"

unset QUEUE_PASSWORD BACKUP_PASSWORD
exec rabbitmq-server
