#!/usr/bin/env bash
# Installs the agent the way a person with a Pi does, on an emulated 64-bit ARM system: a fresh Debian root, the installer,
# the self-test, the dry run, a second installation, and taking it away again. Needs root; takes half an hour and more.
#
#   sudo scripts/acceptance-arm64.sh bookworm|trixie
#
# Tests the last commit. FOLDER=... (default /var/tmp/befresh-acceptance; a tmpfs of 4 GB is faster) keeps the bare root as
# a tarball for the next time; MIRROR=... is the Debian mirror. Ends with one line of figures for each step, and with 0 only
# when all were good.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
me=acceptance
source scripts/debian.sh

release=${1:-}
case $release in
  bookworm | trixie) ;;
  *) die "usage: sudo scripts/acceptance-arm64.sh bookworm|trixie" ;;
esac
[ "$(id -u)" = 0 ] || die "run this as root"
folder=${FOLDER:-/var/tmp/befresh-acceptance}
mirror=${MIRROR:-http://deb.debian.org/debian}
bare=$folder/$release-arm64.tar
system=$folder/$release
results=$folder/$release.txt
picture_s=600 # an emulated processor needs a minute for what a Pi does in two seconds

host_tools() {
  local absent='' tool
  for tool in mmdebstrap qemu-aarch64-static arch-test; do
    command -v "$tool" >/dev/null || absent="$absent ${tool/qemu-aarch64-static/qemu-user-static}"
  done
  [ -z "$absent" ] || install_packages "${absent# }"
  if [ "$(uname -m)" != aarch64 ] && [ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]; then
    [ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
    cat /usr/lib/binfmt.d/qemu-aarch64.conf >/proc/sys/fs/binfmt_misc/register
  fi
}

# step NAME COMMAND...: does it, and notes the seconds and how it ended. What is needed later stops everything.
step() {
  local name=$1 began=$SECONDS code=0
  shift
  say "$name"
  "$@" >"$folder/$release-last.log" 2>&1 & # behind its back: after `||` its own failures would not stop it
  wait $! || code=$?
  printf '%-38s %5d s  %s\n' "$name" $((SECONDS - began)) "$([ $code = 0 ] && echo good || echo "FAILED ($code)")" >>"$results"
  [ $code = 0 ] || {
    tail -n 40 "$folder/$release-last.log" >&2
    die "$name: failed; the whole log is $folder/$release-last.log"
  }
}

make_bare_root() {
  [ ! -e "$bare" ] || return 0
  mmdebstrap --mode=root --arch=arm64 --variant=apt --include=ca-certificates,git "$release" "$folder/new-$release.tar" "$mirror"
  mv "$folder/new-$release.tar" "$bare"
}

unpack() {
  close
  rm -rf --one-file-system "$system"
  mkdir -p "$system"
  tar -x -C "$system" -f "$bare"
  mount --bind "$system" "$system"
  mount -t proc proc "$system/proc"
  pretend_to_be_a_pi >"$folder/cpuinfo"
  mount --bind "$folder/cpuinfo" "$system/proc/cpuinfo"
  mount --bind /dev "$system/dev"
  cp /etc/resolv.conf "$system/etc/resolv.conf"
  echo force-unsafe-io >"$system/etc/dpkg/dpkg.cfg.d/acceptance" # nobody keeps this system, so it need not be durable
  # Where this machine reaches the package index through a certificate of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$system/etc/ssl/certs/ca-certificates.crt"
  [ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$system/etc/pip.conf"
  git -c safe.directory='*' clone --quiet --no-hardlinks . "$system/home/pi/befresh-agent"
  chown -R 1000:1000 "$system/home/pi" # as on a Pi: the checkout is the user's, the installer is root
}

pretend_to_be_a_pi() {
  local core
  for core in 0 1 2 3; do
    printf 'processor\t: %d\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n' $core
  done
  printf 'Revision\t: c03114\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n'
}

close() {
  local mounted
  for mounted in "$system"/{dev,proc/cpuinfo,proc,}; do
    mountpoint --quiet "$mounted" && umount --lazy "$mounted"
  done
  return 0
}

# In the emulated system, as its root, with nothing of this machine's environment.
inside() {
  env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PIP_NO_CACHE_DIR=1 BEFRESH_VISION_HANG_S=$picture_s chroot "$system" /bin/sh -euc "$1"
}

says_nothing() {
  local said
  said=$(inside "$1" 2>&1)
  [ -z "$said" ] || {
    echo "$said"
    return 1
  }
}

is_gone() {
  local path
  for path in {/opt,/etc,/var/lib,/run}/befresh-agent /usr/local/bin/befresh-agent /etc/cron.d/befresh-agent \
    /etc/systemd/system/befresh-agent{,-recover,-update}.service; do
    [ ! -e "$system$path" ] || {
      echo "$path is still there"
      return 1
    }
  done
}

size() { du -sm --one-file-system "$1" | cut -f1; }

mkdir -p "$folder"
printf 'befresh-agent on emulated arm64: %s, commit %s\n' "$release" "$(git -c safe.directory='*' rev-parse --short HEAD)" \
  >"$results"
trap close EXIT
host_tools
agent='befresh-agent'
python=/opt/befresh-agent/current/.venv/bin/python
step "a bare Debian root" make_bare_root
step "unpacked" unpack
step "scripts/install.sh --dry-run" inside "cd /home/pi/befresh-agent && scripts/install.sh --dry-run --fridge 17"
step "scripts/install.sh --fridge 17" inside "cd /home/pi/befresh-agent && scripts/install.sh --fridge 17"
step "the same again, silent" says_nothing "cd /home/pi/befresh-agent && scripts/install.sh"
step "no package is missing or contradicts" inside \
  "cd /opt/befresh-agent/current && .venv/bin/python -I scripts/check_packages.py run"
step "config check" inside "sed -i 's/^# hang_s = 15/hang_s = $picture_s/' /etc/befresh-agent/config.toml && $agent config check"
step "doctor --self-test" inside "$agent doctor --self-test"
step "the dry run's evening, in slow motion" inside "cd /tmp && setpriv --reuid=befresh --regid=befresh --init-groups \
  env HOME=/tmp/evening /opt/befresh-agent/current/.venv/bin/befresh-agent run --dry-run --exit-when-done --speed 0.1"
printf '%-38s %5d MB\n' "the system with all packages" "$(size "$system")" \
  "the release with its .venv" "$(size "$system/opt/befresh-agent/releases")" >>"$results"
inside "$python -c 'import sys, cv2, numpy; print(f\"Python {sys.version.split()[0]}, OpenCV {cv2.__version__}, numpy {numpy.__version__}\")'" \
  >>"$results"
step "--uninstall --purge" inside "cd /home/pi/befresh-agent && scripts/install.sh --uninstall --purge"
step "nothing is left" is_gone
cat "$results"
