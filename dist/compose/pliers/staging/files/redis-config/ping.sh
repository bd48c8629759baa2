#!/bin/sh
# Whether Redis answers. While it loads its log it does not. When it cannot write its log it does, and refuses writes with an error.
answer=$(REDISCLI_AUTH=$(printf %s "$REDISCLI_AUTH") redis-cli ping 2>&1) || :
case $answer in
  PONG | MISCONF*) ;;
  *)
    echo "$answer" >&2
    exit 1
    ;;
esac
