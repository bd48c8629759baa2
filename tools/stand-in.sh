#!/usr/bin/env bash
# Builds the image of a folder with a Dockerfile and loads it into a cluster on this machine.
#   stand-in.sh kind|k3d CLUSTER REFERENCE FOLDER    with docker
#   stand-in.sh docker LOCAL REFERENCE FOLDER        into docker itself
#   stand-in.sh kit KIT REFERENCE FOLDER             with the cluster kit, which cannot build Dockerfiles: a Python Dockerfile is read here
set -euo pipefail
what=$1 cluster=$2 reference=$3 folder=$4

have() {
  command -v "$1" >/dev/null || {
    echo "$1 is not there, and stand-ins are built with it" >&2
    exit 1
  }
}

case $what in
  docker)
    have docker
    docker build --quiet --tag "$reference" "$folder" >/dev/null
    ;;
  kind)
    have docker
    have kind
    docker build --quiet --tag "$reference" "$folder" >/dev/null
    kind load docker-image "$reference" --name "$cluster"
    ;;
  k3d)
    have docker
    have k3d
    docker build --quiet --tag "$reference" "$folder" >/dev/null
    k3d image import "$reference" --cluster "$cluster"
    ;;
  kit)
    images=${CLUSTER_CACHE:-$HOME/.cache/cluster-kit}/images
    python=$(basename "$(ls -d "$images"/toolbox/usr/lib/python3.*)")
    packages=$images/packages-$(sha256sum <"$folder/requirements.txt" | cut -c 1-12)-$python
    if [ ! -d "$packages" ]; then
      unfinished=$(mktemp -d "$packages.XXXXXX")
      platforms=(--platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --platform any)
      python3 -m pip install --quiet --target "$unfinished" --only-binary=:all: --implementation cp \
        --python-version "${python#python}" "${platforms[@]}" -r "$folder/requirements.txt" 2>"$packages.log" ||
        {
          cat "$packages.log" >&2
          rm -rf "$unfinished"
          exit 1
        }
      chmod 755 "$unfinished"
      mv -T "$unfinished" "$packages" || rm -rf "$unfinished"
    fi
    programs=$(mktemp -d)
    trap 'rm -rf "$programs"' EXIT
    printf '#!/bin/sh\nexec python3 -m alembic "$@"\n' >"$programs/alembic"
    chmod 755 "$programs/alembic"
    mapfile -t command < <(sed -n 's/^CMD //p' "$folder/Dockerfile" | python3 -c 'import json, sys; print(*json.load(sys.stdin), sep="\n")')
    [ "${command[0]}" = python3 ] || command=(python3 -m "${command[@]}")
    cp "$folder"/bin/* "$programs/" 2>/dev/null || true
    added=(-a "$folder:/app" -a "$packages:/packages")
    # Programs of other images, such as `COPY --from=surrealdb /surreal /usr/local/bin/surreal`: the kit has built them.
    while read -r program destination; do
      built=$(find "${images%/*}/bin" -name "$program-*" | sort -V | tail -n 1)
      [ -n "$built" ] || {
        echo "the cluster kit has no $program; build it first" >&2
        exit 1
      }
      added+=(-a "$built:$destination")
    done < <(sed -n 's|^COPY --from=[a-z]* /\([a-z]*\) |\1 |p' "$folder/Dockerfile")
    for program in "$programs"/*; do added+=(-a "$program:/usr/local/bin/${program##*/}"); done
    "$cluster/alias.sh" "$reference" "${added[@]}" -w /app -e PYTHONPATH=/packages -u 1000 \
      -e PATH=/usr/local/bin:/opt/venv/bin:/usr/bin:/bin -- "${command[@]}" >/dev/null
    ;;
esac
