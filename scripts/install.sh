#!/usr/bin/env bash
# Installs the agent as a service on Raspberry Pi OS or Debian 12/13 (64-bit), from this checkout's last commit.
#
#   sudo scripts/install.sh [--fridge 17] [--broker host:9092] [--names whisper] [--timer] [--kiosk] [--watchdog] [--journal]
#     [--memory]
#   sudo scripts/install.sh --uninstall [--purge]
#
#   --fridge N     the number the backend knows this fridge by; written into a new config.toml
#   --broker ...   the Kafka broker, likewise
#   --names ...    understand names without a network: whisper (better; 520 MB of disk, 350 MB of memory), vosk (290, 530),
#                  or the folder of a model of theirs, such as /opt/befresh-agent/names/whisper of another fridge
#   --timer        look for updates by a systemd timer instead of cron
#   --kiosk        open the fridge's page on its screen, in a full-screen browser
#   --watchdog     let the Pi's own watchdog restart it when it hangs
#   --journal      keep the log over a restart, in at most 32 MB
#   --memory       let the kernel hold the agent to its share of memory, which Raspberry Pi OS switches off
#   --image        prepare a card that is copied: nothing is started, and each copy begins as a fridge of its own
#   --uninstall    take everything away but settings and data; --purge takes those too
#   --dry-run      only print what would be done
#
# Run it again at any time: it does what is missing and says nothing about the rest.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
me=install
source scripts/debian.sh
source scripts/pip.sh
source scripts/install/actions.sh
source scripts/install/release.sh
source scripts/install/machine.sh
source scripts/install/offers.sh
source scripts/install/uninstall.sh

# Put before every path, so that tests can install into a folder.
root=${BEFRESH_INSTALL_ROOT:-}
opt=/opt/befresh-agent
etc=/etc/befresh-agent
data=/var/lib/befresh-agent
user=befresh
largest_id=9007199254740991 # as the settings have it
source scripts/install/names.sh

needed=(
  python3 python3-venv git ca-certificates systemd util-linux tzdata  # to install and run
  tesseract-ocr libzbar0                                              # reading dates and codes
  alsa-utils python3-pyaudio flac                                     # sound, microphone, speech
  bluez rfkill                                                        # containers
  openssh-client                                                      # signatures of updates
)

usage() {
  sed -n '/^#   /s/^#   //p' scripts/install.sh
  exit "$1"
}

# option_value OPTION VALUE...: what was given with it.
option_value() {
  local such
  case ${2:-} in
    '' | --*)
      case $1 in --fridge) such=17 ;; --broker) such=host:9092 ;; *) such=whisper ;; esac
      die "$1 needs a value: $1 $such"
      ;;
    *) printf '%s' "$2" ;;
  esac
}

# refuse OPTION: what is wrong with it, and what there is.
refuse() {
  say "there is no option $1; these are the options:" >&2
  usage 2 >&2
}

fridge='' broker='' names='' names_engine='' names_folder='' updates=cron kiosk='' watchdog='' journal='' memory='' image='' uninstall='' purge='' dry_run=''
arguments=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    --fridge | --broker | --names)
      value=$(option_value "$@")
      printf -v "${1#--}" %s "$value"
      shift
      ;;
    --timer) updates=timer ;;
    --kiosk) kiosk=yes ;;
    --watchdog) watchdog=yes ;;
    --journal) journal=yes ;;
    --memory) memory=yes ;;
    --image) image=yes ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    --dry-run) dry_run=yes ;;
    -h | --help) usage 0 ;;
    *) refuse "$1" ;;
  esac
  shift
done
[ -z "$purge" ] || [ -n "$uninstall" ] || die "--purge goes with --uninstall: scripts/install.sh --uninstall --purge"
[[ "$fridge" =~ ^0*([0-9]{0,16})$ ]] && ((${BASH_REMATCH[1]:-0} <= largest_id)) ||
  die "--fridge $fridge: give a whole number, at most $largest_id"
fridge=${fridge:+${BASH_REMATCH[1]:-0}}
check_names
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
  add_names
  add_settings
  add_system_files
  [ -z "$new_release" ] || say_what_plain_debian_lacks
  [ -z "$new_release" ] || say_what_is_offered
  start_agent
  [ -z "$image" ] || prepare_image
fi
