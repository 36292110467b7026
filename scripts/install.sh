#!/usr/bin/env bash
# Installs the agent as a service on Raspberry Pi OS or Debian 12/13 (64-bit), from this checkout's last commit.
#
#   sudo scripts/install.sh [--fridge 17] [--broker host:9092] [--timer] [--kiosk]
#   sudo scripts/install.sh --uninstall [--purge]
#
#   --fridge N     the number the backend knows this fridge by; written into a new config.toml
#   --broker ...   the Kafka broker, likewise
#   --timer        look for updates by a systemd timer instead of cron
#   --kiosk        open the fridge's page on its screen, in a full-screen browser
#   --uninstall    take everything away but settings and data; --purge takes those too
#   --dry-run      only print what would be done
#
# Run it again at any time: it does what is missing and says nothing about the rest.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
me=install
source scripts/debian.sh
source scripts/install/actions.sh
source scripts/install/release.sh
source scripts/install/machine.sh
source scripts/install/uninstall.sh

# Put before every path, so that tests can install into a folder.
root=${BEFRESH_INSTALL_ROOT:-}
opt=/opt/befresh-agent
etc=/etc/befresh-agent
data=/var/lib/befresh-agent
user=befresh

needed=(
  python3 python3-venv git ca-certificates systemd util-linux  # to install and run
  tesseract-ocr libzbar0                                       # reading dates and codes
  alsa-utils python3-pyaudio flac                              # sound, microphone, speech
  bluez                                                        # containers
  openssh-client                                               # signatures of updates
)

usage() {
  sed -n '/^#   /s/^#   //p' scripts/install.sh
  exit "$1"
}

fridge='' broker='' updates=cron kiosk='' uninstall='' purge='' dry_run=''
arguments=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    --fridge) fridge=${2:?--fridge needs a number} && shift ;;
    --broker) broker=${2:?--broker needs host:port} && shift ;;
    --timer) updates=timer ;;
    --kiosk) kiosk=yes ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    --dry-run) dry_run=yes ;;
    -h | --help) usage 0 ;;
    *) usage 2 >&2 ;;
  esac
  shift
done
[ -z "$purge" ] || [ -n "$uninstall" ] || usage 2 >&2
[[ "$fridge" =~ ^[0-9]*$ ]] || die "--fridge $fridge: give a whole number"
[[ "$broker" != *[!][A-Za-z0-9.:,_-]* ]] || die "--broker $broker: give host:port"

if [ "$(id -u)" != 0 ] && [ -z "$dry_run$root" ]; then
  command -v sudo >/dev/null || die "run this as root"
  exec sudo "$PWD/scripts/install.sh" "${arguments[@]}"
fi
umask 022

if [ -n "$uninstall" ]; then
  uninstall
else
  check_machine
  add_packages
  add_user
  add_release
  add_settings
  add_system_files
  [ -z "$new_release" ] || say_what_plain_debian_lacks
  start_agent
fi
