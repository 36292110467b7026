# shellcheck shell=bash
# Python and Debian packages, for scripts/setup.sh and scripts/install.sh.

me=${me:?the name of the script that sources this}

say() { printf '%s: %s\n' "$me" "$*"; }

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

# --- Debian packages --------------------------------------------------------------------------------------------------

installed() { [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1")" = installed ]; }

# The thing itself is looked for, not the package: it may have come another way, and package names differ by release.
is_there() {
  case $1 in
    python3) find_python ;;
    python3-venv) venv_works || "$(find_python)" -c 'import ensurepip' ;;
    tesseract-ocr) command -v tesseract ;;
    libzbar0) "$(find_python)" -c 'import sys, ctypes.util; sys.exit(not ctypes.util.find_library("zbar"))' ;;
    alsa-utils) command -v aplay && command -v arecord ;;
    bluez) command -v bluetoothctl ;;
    cron) command -v cron || command -v crond ;;
    systemd) command -v systemctl ;;
    util-linux) command -v setpriv ;;
    tzdata) [ -e /usr/share/zoneinfo/Asia/Seoul ] ;;
    openssh-client) command -v ssh-keygen ;;
    qemu-system-x86) command -v qemu-system-x86_64 ;;
    mosquitto) PATH=$PATH:/usr/sbin:/sbin command -v mosquitto ;;
    nginx-light) PATH=$PATH:/usr/sbin:/sbin command -v nginx ;;
    qemu-utils) command -v qemu-img ;;
    e2fsprogs) PATH=$PATH:/usr/sbin:/sbin command -v mke2fs ;;
    xz-utils) command -v xz ;;
    chromium-driver) command -v chromedriver ;;
    busybox-static | ca-certificates | fonts-nanum | libasound2-plugins | libc6-dev | python3-*) installed "$1" ;;
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
