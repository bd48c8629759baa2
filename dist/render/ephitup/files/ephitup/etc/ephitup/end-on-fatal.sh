#!/bin/sh
# An event listener of supervisord, which gets only the event of a program that is not started any more (FATAL): it ends supervisord, and with it
# the container, which Kubernetes starts again. Without it the container would look healthy for ever.
printf 'READY\n'
read -r event
echo "a program was given up, so the container ends: $event" >&2
kill -TERM "$PPID"
