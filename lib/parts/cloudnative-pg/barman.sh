# barman-cloud, which reads the archive. For bash.

# run_barman COMMAND [ARGUMENTS …]: one of its programs, on this cluster's archive.
run_barman() {
  "barman-cloud-$1" ${ENDPOINT_URL:+--endpoint-url "$ENDPOINT_URL"} "$ARCHIVE" "$SERVER_NAME" "${@:2}"
}
