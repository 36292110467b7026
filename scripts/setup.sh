#!/usr/bin/env bash
# Sets up this checkout: the Debian packages that are missing, then .venv from a hash-pinned lock.
#
#   scripts/setup.sh run      what running needs
#   scripts/setup.sh dev      and what the tests and checks need
#   scripts/setup.sh updates  and a compiler, for the long tests of updates
#   scripts/setup.sh browser  and a browser and a reverse proxy, for the tests of the page
#   scripts/setup.sh home     and a Home Assistant in build/, which runs on Python 3.13 alone
#   scripts/setup.sh lab      and what the laboratories in QEMU need
#   scripts/setup.sh release  what an installed release needs: Debian's Python packages are seen too, none is installed
#
# With a second word, `packages`, it stops after the Debian packages, and after what is in build/.
# Says in one line what it installs, and nothing at all when everything is there.
# PYTHON=... chooses the interpreter (3.11 to 3.13); otherwise the first suitable one is taken.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
me=setup
source scripts/debian.sh
source scripts/pip.sh

needed_to_run=(python3 python3-venv tesseract-ocr libzbar0)
needed_for_dev=(
  "${needed_to_run[@]}" git make dbus-daemon systemd alsa-utils python3-pyaudio libasound2-plugins flac espeak-ng
  openssh-client mosquitto tzdata
)
needed_for_updates=("${needed_for_dev[@]}" gcc libc6-dev)
needed_for_browser=("${needed_for_dev[@]}" chromium chromium-driver fonts-nanum nginx-light)
needed_for_home=("${needed_for_dev[@]}" gcc libc6-dev)
needed_for_lab=(
  "${needed_for_dev[@]}" qemu-system-x86 bluez socat busybox-static cpio kmod xz-utils # containers over BlueZ
  qemu-utils mmdebstrap e2fsprogs gcc                                                  # the virtual Pi
)
small_mb=1000 # below so much memory, packages are installed few at a time
stamp=.venv/.set-up
unfinished=.venv/.installing

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
  quietly "making .venv" '' "$python" -m venv $([ "$scope" != release ] || echo --system-site-packages) .venv
}

locks_of() {
  case $1 in
    run | release) echo run ;;
    lab) echo dev lab ;;
    *) echo dev ;;
  esac
}

# An installation was cut short: what was set up before it counts if it is whole; a half of it nobody could mend.
settle_unfinished() {
  local before
  if read -r before _ 2>/dev/null <"$stamp" && whole $(locks_of "$before") >/dev/null 2>&1; then
    rm -f "$unfinished"
  else
    rm -rf .venv
  fi
}

# Python 3.11 reads this file in the locale's encoding, and under LC_ALL=C dies of a folder with a Korean name.
relative_to_site_packages() {
  local pth
  for pth in .venv/lib/python3.*/site-packages/_befresh_agent.pth; do
    [ ! -e "$pth" ] || echo ../../../../src >"$pth"
  done
}

# Home Assistant's versions fit one version of Python each, so it has an environment of its own.
make_home_assistant() {
  local folder=build/home-assistant lock=tests/home/requirements.lock python
  ! cmp -s "$lock" "$folder/.set-up" || return 0
  python=$(find_home_python) || die "a Home Assistant needs Python 3.13 (python3.13 in the path, or pyenv install 3.13)"
  say "installing Home Assistant into $folder (minutes, the first time; 700 MB)"
  rm -rf "$folder"
  quietly "making $folder" '' .venv/bin/uv venv --quiet --python "$python" "$folder"
  quietly "installing Home Assistant" '' .venv/bin/uv pip install --quiet --require-hashes --python "$folder/bin/python" -r "$lock"
  cp "$lock" "$folder/.set-up"
}

find_home_python() {
  local candidate
  for candidate in python3.13 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13.*/bin/python3.13; do
    if command -v "$candidate" >/dev/null && [[ $(version "$candidate" 2>/dev/null) == 3.13.* ]]; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

case ${1:-} in
  run) needed=("${needed_to_run[@]}") enough=(run dev lab) ;;
  dev) needed=("${needed_for_dev[@]}") enough=(dev lab) ;;
  updates) needed=("${needed_for_updates[@]}") enough=(dev lab) ;;
  browser) needed=("${needed_for_browser[@]}") enough=(dev lab) ;;
  home) needed=("${needed_for_home[@]}") enough=(dev lab) ;;
  lab) needed=("${needed_for_lab[@]}") enough=(lab) ;;
  release) needed=(python3 python3-venv) enough=(release dev lab) ;;
  *) die "usage: scripts/setup.sh run|dev|updates|browser|home|lab|release [packages]" ;;
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
if [ "${2:-}" = packages ]; then
  [ "$scope" != home ] || make_home_assistant
  exit 0
fi

# On a small Pi /tmp is in memory, and the packages of a release are too much for it.
if [ "$scope" = release ]; then
  export TMPDIR=$PWD/.tmp
  mkdir -p "$TMPDIR"
  trap 'rm -rf "$TMPDIR"' EXIT
fi
[ ! -e "$unfinished" ] || settle_unfinished
venv_works || make_venv

# What the tests need includes what running needs, and what the laboratories need includes both.
if ! printf "%s $content\n" "${enough[@]}" | grep -qsxF -f - "$stamp"; then
  locks=$(locks_of "$scope") there=''
  if [ "$scope" = lab ] && grep -qsxF "dev $content" "$stamp"; then there=dev; fi
  : >"$unfinished"
  for lock in ${locks#"$there"}; do
    say "installing Python packages from requirements/$lock.lock (minutes, the first time)"
    install_locked "$lock"
  done
  install_checkout
  relative_to_site_packages
  lacking=$(whole $locks 2>&1) || die "what was installed is not whole: ${lacking//$'\n'/; }"
  # The service may not write here: without this it would compile everything at every start.
  [ "$scope" != release ] || quietly "compiling" '' .venv/bin/python -m compileall -q src
  case $scope in updates | browser | home) scope=dev ;; esac # the same packages of Python
  echo "$scope $content" >"$stamp"
  rm -f "$unfinished"
fi
[ "$1" != home ] || make_home_assistant
