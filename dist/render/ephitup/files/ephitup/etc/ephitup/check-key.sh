#!/bin/sh
# Whether FERNET_SECRET_KEY is the one with which the stored keys are encrypted: the database keeps its fingerprint from the first start on.
# With another key nobody could read them any more, so nothing is started with it.
set -eu

fingerprint=$(printf %s "$FERNET_SECRET_KEY" | sha256sum | cut -d ' ' -f 1)
statement="RETURN { DEFINE TABLE IF NOT EXISTS key; LET \$known = (SELECT VALUE fingerprint FROM ONLY key:fernet);
  IF \$known = NONE { CREATE key:fernet SET fingerprint = '$fingerprint'; RETURN 'new' };
  RETURN IF \$known = '$fingerprint' { 'same' } ELSE { 'other' } };"
answer=$(printf '%s\n' "$statement" | tr '\n' ' ' |
  "${SURREAL:-surreal}" sql --endpoint "$SURREAL_ENDPOINT" --namespace berth --database berth --json --hide-welcome 2>&1) || :
case $answer in
  '["new"]') echo 'the fingerprint of FERNET_SECRET_KEY is kept' ;;
  '["same"]') ;;
  '["other"]')
    echo "FAILED: given another FERNET_SECRET_KEY than before, expected the one with which the stored API keys are encrypted." \
      'Put the former value back. If it is lost, so are these keys: users have to enter them again; then remove its fingerprint with' \
      '"DELETE key:fernet" in the namespace berth and the database berth of SurrealDB' >&2
    exit 1
    ;;
  *)
    echo "FAILED: SurrealDB does not tell the fingerprint of FERNET_SECRET_KEY: $answer" >&2
    exit 1
    ;;
esac
