#!/usr/bin/env bash
# Sets up this checkout: the Debian packages that are missing, then .venv from a hash-pinned lock.
#
#   scripts/setup.sh run      what running needs
#   scripts/setup.sh dev      and what the tests and checks need
#   scripts/setup.sh updates  and a compiler, for the long tests of updates
#   scripts/setup.sh browser  and a browser, for the tests of the page
#   scripts/setup.sh lab      and what the laboratories in QEMU need
#   scripts/setup.sh release  what an installed release needs: Debian's Python packages are seen too, none is installed
#
# With a second word, `packages`, it stops after the Debian packages.
# Says in one line what it installs, and nothing at all when everything is there.
# PYTHON=... chooses the interpreter (3.11 to 3.13); otherwise the first suitable one is taken.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
me=setup
source scripts/debian.sh

needed_to_run=(python3 python3-venv tesseract-ocr libzbar0)
needed_for_dev=(
  "${needed_to_run[@]}" git make dbus-daemon systemd alsa-utils python3-pyaudio libasound2-plugins flac espeak-ng
  openssh-client
)
needed_for_updates=("${needed_for_dev[@]}" gcc libc6-dev)
needed_for_browser=("${needed_for_dev[@]}" chromium chromium-driver fonts-nanum)
needed_for_lab=(
  "${needed_for_dev[@]}" qemu-system-x86 bluez socat busybox-static cpio kmod xz-utils # containers over BlueZ
  qemu-utils mmdebstrap e2fsprogs gcc                                                  # the virtual Pi
)
stamp=.venv/.set-up

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
  # picamera2 and its libraries fit together only as Debian packages, so a release sees those.
  if [ "$scope" = release ]; then
    "$python" -m venv --system-site-packages .venv
  else
    "$python" -m venv .venv
  fi
}

case ${1:-} in
  run) needed=("${needed_to_run[@]}") locks=(run) enough=(run dev lab) ;;
  dev) needed=("${needed_for_dev[@]}") locks=(dev) enough=(dev lab) ;;
  updates) needed=("${needed_for_updates[@]}") locks=(dev) enough=(dev lab) ;;
  browser) needed=("${needed_for_browser[@]}") locks=(dev) enough=(dev lab) ;;
  lab) needed=("${needed_for_lab[@]}") locks=(dev lab) enough=(lab) ;;
  release) needed=(python3 python3-venv) locks=(run) enough=(release dev lab) ;;
  *) die "usage: scripts/setup.sh run|dev|updates|browser|lab|release [packages]" ;;
esac
scope=$1
[ -z "${PYTHON:-}" ] || suitable "$PYTHON" || die "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13"
content=$(cat requirements/*.lock pyproject.toml | sha256sum)

absent=$(missing "${needed[@]}")
if [ -n "$absent" ]; then
  [ "$scope" != release ] || die "missing: ${absent% }; scripts/install.sh installs it"
  install_packages "$absent"
  absent=$(missing "${needed[@]}")
  [ -z "$absent" ] || die "still missing: ${absent% } (Python must be 3.11, 3.12 or 3.13; PYTHON=/path/to/it names one)"
fi
[ "${2:-}" != packages ] || exit 0

venv_works || make_venv

# What the tests need includes what running needs, and what the laboratories need includes both.
if ! printf "%s $content\n" "${enough[@]}" | grep -qsxF -f - "$stamp"; then
  if [ "$scope" = lab ] && grep -qsxF "dev $content" "$stamp"; then locks=(lab); fi
  rm -f "$stamp"
  pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input)
  for lock in "${locks[@]}"; do
    say "installing Python packages from requirements/$lock.lock (minutes, the first time)"
    "${pip[@]}" --require-hashes --only-binary :all: --requirement "requirements/$lock.lock"
  done
  "${pip[@]}" --no-deps --no-build-isolation --editable .
  # The service may not write here: without this it would compile everything at every start.
  [ "$scope" != release ] || .venv/bin/python -m compileall -q src
  case $scope in updates | browser) scope=dev ;; esac # the same packages of Python
  echo "$scope $content" >"$stamp"
fi
