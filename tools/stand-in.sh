#!/usr/bin/env bash
# Builds the image of a folder with a Dockerfile and loads it into a cluster on this machine.
#   stand-in.sh kind|k3d CLUSTER REFERENCE FOLDER DOCKERFILE    with docker
#   stand-in.sh docker LOCAL REFERENCE FOLDER DOCKERFILE        into docker itself
#   stand-in.sh kit KIT REFERENCE FOLDER DOCKERFILE             with the cluster kit, which cannot build: the last stage is read here
set -euo pipefail
what=$1 cluster=$2 reference=$3 folder=$4 dockerfile=$5

have() {
  command -v "$1" >/dev/null || {
    echo "$1 is not there, and stand-ins are built with it" >&2
    exit 1
  }
}

build() {
  have docker
  docker build --quiet --tag "$reference" --file "$dockerfile" "$folder" >/dev/null
}

# The kit's images.
images=${CLUSTER_CACHE:-$HOME/.cache/cluster-kit}/images

# virtual_environment PATH: $built: a folder with what `python3 -m venv PATH && PATH/bin/pip install -r requirements.txt` makes in the kit's image.
virtual_environment() {
  local python site unfinished
  python=$(basename "$(ls -d "$images"/toolbox/usr/lib/python3.*)")
  built=$images/venv-$(cat <(echo "$1") "$folder/requirements.txt" | sha256sum | cut -c 1-12)-$python
  [ ! -d "$built" ] || return 0
  unfinished=$(mktemp -d "$built.XXXXXX")
  site=$unfinished/lib/$python/site-packages
  local platforms=(--platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --platform any)
  python3 -m pip install --quiet --target "$site" --only-binary=:all: --implementation cp \
    --python-version "${python#python}" "${platforms[@]}" -r "$folder/requirements.txt" 2>"$built.log" || {
    cat "$built.log" >&2
    rm -rf "$unfinished"
    exit 1
  }
  mkdir -p "$site/bin" # of packages without programs
  mv "$site/bin" "$unfinished/bin"
  find "$unfinished/bin" -type f -exec sed -i "1s|^#!.*|#!$1/bin/python3|" {} +
  ln -s /usr/bin/python3 "$unfinished/bin/python3"
  echo 'home = /usr/bin' >"$unfinished/pyvenv.cfg"
  chmod 755 "$unfinished"
  mv -T "$unfinished" "$built" || rm -rf "$unfinished"
}

# program_of_image PATH: $built: a program of another image, such as /surreal, which the kit has built.
program_of_image() {
  built=$(find "${images%/*}/bin" -name "${1##*/}-*" | sort -V | tail -n 1)
  [ -n "$built" ] || {
    echo "the cluster kit has no ${1##*/}; build it first" >&2
    exit 1
  }
}

# What the last stage of the Dockerfile says, as options of the kit's alias.sh: an option and its value in each line. What comes from another
# stage or image is `copy FROM:TO`.
last_stage() {
  python3 - "$dockerfile" "$folder" <<'PYTHON'
import json, os, posixpath, re, sys

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
options, variables, folder = [], {}, "/"
for line in re.sub(r"\\\n", " ", open(sys.argv[1]).read()).splitlines():
    word, _, rest = line.strip().partition(" ")
    if word == "FROM":
        options, variables, folder = [], {"PATH": PATH}, "/"
    elif word == "WORKDIR":
        folder = posixpath.join(folder, rest)
        options.append(("-w", folder))
    elif word == "USER":
        options.append(("-u", rest))
    elif word == "ENV":
        variables |= dict(one.replace("$PATH", PATH).split("=", 1) for one in rest.split())
    elif word == "CMD":
        options += [("-c", one) for one in json.loads(rest)]
    elif word == "COPY":
        *given, to = [one for one in rest.split() if not one.startswith("--")]
        for one in given:
            into = to.endswith("/") and os.path.isfile(os.path.join(sys.argv[2], one))
            path = posixpath.normpath(posixpath.join(folder, to, one if into else ""))
            options.append(("copy" if "--from=" in rest else "-a", f"{one}:{path}"))
for option, value in [*options, *(("-e", f"{key}={value}") for key, value in variables.items())]:
    print(option, value)
PYTHON
}

publish() {
  local options option value arguments=() built
  options=$(last_stage)
  while read -r option value; do
    case $option in
      -a) arguments+=(-a "$folder/$value") ;;
      copy)
        # A builder's folder is the virtual environment.
        if [[ ${value%%:*} == *venv ]]; then virtual_environment "${value#*:}"; else program_of_image "${value%%:*}"; fi
        arguments+=(-a "$built:${value#*:}")
        ;;
      *) arguments+=("$option" "$value") ;;
    esac
  done <<<"$options"
  "$cluster/alias.sh" "$reference" "${arguments[@]}" >/dev/null
}

case $what in
  docker) build ;;
  kind)
    have kind
    build
    kind load docker-image "$reference" --name "$cluster"
    ;;
  k3d)
    have k3d
    build
    k3d image import "$reference" --cluster "$cluster"
    ;;
  kit) publish ;;
esac
