#!/bin/sh
# Makes the secrets of the stack that are missing, and deploys it. Written by npm run synth: edit environments/, not this file.
set -eu
cd "$(dirname "$0")"
set -a
[ ! -e .env ] || . ./.env
set +a

make() {
  docker secret inspect "$1_${SECRETS:-1}" >/dev/null 2>&1 || printf %s "$2" | docker secret create "$1_${SECRETS:-1}" - >/dev/null
}

make three-tier-staging_ROLES_THREE_TIER_468fb7b7 "${ROLES_THREE_TIER:?see .env.example}"
make three-tier-staging_ROLES_THREE_TIER_BACKUP_2de50a29 "${ROLES_THREE_TIER_BACKUP:?see .env.example}"
make three-tier-staging_ROLES_THREE_TIER_RESTORE_27a42b42 "${ROLES_THREE_TIER_RESTORE:?see .env.example}"
make three-tier-staging_revision_1cc5a22e "1-11c79b67"
make three-tier-staging_POSTGRES_ADMIN_USER_0922d474 "${POSTGRES_ADMIN_USER:?see .env.example}"
make three-tier-staging_POSTGRES_ADMIN_PASSWORD_643917b8 "${POSTGRES_ADMIN_PASSWORD:?see .env.example}"

exec docker stack deploy --detach --compose-file stack.yaml "$@" three-tier-staging
