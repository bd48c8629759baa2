#!/bin/sh
# Whether Redis answers. While it reads its log it does not; when it cannot write its log it does, and tells whoever writes.
answer=$(REDISCLI_AUTH=$(printf %s "$REDISCLI_AUTH") redis-cli ping 2>&1) || :
case $answer in
  PONG | MISCONF*) ;;
  *)
    echo "$answer" >&2
    exit 1
    ;;
esac
