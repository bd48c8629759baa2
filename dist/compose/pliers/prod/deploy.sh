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

make pliers-prod_ROLES_PLIERS_0094944a "${ROLES_PLIERS:?see .env.example}"
make pliers-prod_ROLES_PLIERS_BACKUP_caf9286f "${ROLES_PLIERS_BACKUP:?see .env.example}"
make pliers-prod_ROLES_PLIERS_RESTORE_03a7c384 "${ROLES_PLIERS_RESTORE:?see .env.example}"
make pliers-prod_revision_b637fc4a "1-c99aa946"
make pliers-prod_POSTGRES_ADMIN_USER_dd5eecd8 "${POSTGRES_ADMIN_USER:?see .env.example}"
make pliers-prod_POSTGRES_ADMIN_PASSWORD_f6f0dd56 "${POSTGRES_ADMIN_PASSWORD:?see .env.example}"

exec docker stack deploy --detach --compose-file stack.yaml "$@" pliers-prod
