#!/bin/sh
# Prints RabbitMQ's definitions: users, virtual hosts, permissions, policies, exchanges, queues and bindings, without messages. It runs in restic's
# image, whose busybox has wget.
# shellcheck shell=busybox
set -eu
set -o pipefail

# Line breaks at the end are no part of a password, as everywhere.
password=$(printf %s "$BACKUP_PASSWORD")
credentials=$(printf 'backup:%s' "$password" | base64 | tr -d '\n')

exec wget -q -T 60 -O - --header "Authorization: Basic $credentials" "http://$RABBITMQ_HOST:$RABBITMQ_PORT/api/definitions"
