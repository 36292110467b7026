#!/usr/bin/env bash
# Sets up this checkout: the Debian packages that are missing, then .venv from a hash-pinned lock.
#
#   scripts/setup.sh run    what running needs
#   scripts/setup.sh dev    and what the tests and checks need
#
# Says in one line what it installs, and nothing at all when everything is there.
# PYTHON=... chooses the interpreter (3.11 to 3.13); otherwise the first suitable one is taken.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."

needed_to_run=(python3 python3-venv tesseract-ocr libzbar0)
needed_for_dev=("${needed_to_run[@]}" git make dbus-daemon alsa-utils python3-pyaudio libasound2-plugins flac espeak-ng)
stamp=.venv/.set-up

say() { printf 'setup: %s\n' "$*"; }

die() {
  say "$*" >&2
  exit 1
}

# --- Python -----------------------------------------------------------------------------------------------------------

suitable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

version() { "$1" -c 'import platform; print(platform.python_version())'; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if suitable "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

# A venv dies with its Python, and its scripts name the folder it was made in.
venv_works() {
  grep -qsF "$PWD/.venv/bin/python" .venv/bin/pip && .venv/bin/python -c 'import pip' 2>/dev/null &&
    suitable .venv/bin/python && { [ -z "${PYTHON:-}" ] || [ "$(version "$PYTHON")" = "$(version .venv/bin/python)" ]; }
}

make_venv() {
  local python
  python=$(find_python)
  say "making .venv with Python $(version "$python")"
  rm -rf .venv
  "$python" -m venv .venv
}

# --- Debian packages --------------------------------------------------------------------------------------------------

# The thing itself is looked for, not the package: it may have come another way, and package names differ by release.
is_there() {
  case $1 in
    python3) find_python ;;
    python3-venv) venv_works || "$(find_python)" -c 'import ensurepip' ;;
    tesseract-ocr) command -v tesseract ;;
    libzbar0) "$(find_python)" -c 'import sys, ctypes.util; sys.exit(not ctypes.util.find_library("zbar"))' ;;
    alsa-utils) command -v aplay && command -v arecord ;;
    python3-pyaudio | libasound2-plugins) [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1")" = installed ] ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

missing() {
  local package
  for package in "$@"; do
    is_there "$package" || printf '%s ' "$package"
  done
}

install_packages() {
  local packages=${1% } install log sudo=()
  install="apt-get install --yes --no-install-recommends $packages"
  command -v apt-get >/dev/null ||
    die "missing: $packages (Debian's names); install them with this system's package manager and try again"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "missing: $packages; there is no sudo, so run as root: $install"
    sudo=(sudo)
  fi
  say "installing Debian packages${sudo:+ with sudo}: $packages"
  log=$(mktemp)
  # Lists of other sources may be out of reach: what matters is whether the packages arrive.
  "${sudo[@]}" sh -c "apt-get update; DEBIAN_FRONTEND=noninteractive $install -o DPkg::Lock::Timeout=300" \
    >"$log" 2>&1 </dev/null || {
    tail -n 20 "$log" >&2
    die "that failed (whole log: $log); try as root: apt-get update && $install"
  }
  rm -f "$log"
}

# --- What is asked for ------------------------------------------------------------------------------------------------

case ${1:-} in
  run) needed=("${needed_to_run[@]}") ;;
  dev) needed=("${needed_for_dev[@]}") ;;
  *) die "usage: scripts/setup.sh run|dev" ;;
esac
scope=$1
[ -z "${PYTHON:-}" ] || suitable "$PYTHON" || die "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13"
content=$(cat requirements/*.lock pyproject.toml | sha256sum)

absent=$(missing "${needed[@]}")
if [ -n "$absent" ]; then
  install_packages "$absent"
  absent=$(missing "${needed[@]}")
  [ -z "$absent" ] || die "still missing: ${absent% } (Python must be 3.11, 3.12 or 3.13; PYTHON=/path/to/it names one)"
fi

venv_works || make_venv

# What the tests need includes what running needs.
if ! grep -qsxF -e "$scope $content" -e "dev $content" "$stamp"; then
  say "installing Python packages from requirements/$scope.lock (minutes, the first time)"
  rm -f "$stamp"
  pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input)
  "${pip[@]}" --require-hashes --only-binary :all: --requirement "requirements/$scope.lock"
  "${pip[@]}" --no-deps --no-build-isolation --editable .
  echo "$scope $content" >"$stamp"
fi
