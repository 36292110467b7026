#!/bin/sh
# Shows the fridge's page full screen, for a fridge with a display. Started with the desktop by
# systemd/befresh-agent-kiosk.desktop; waits until the agent serves the page. A browser that crashes is started again, and
# so it is when a monitor comes back: browsers leave full screen when theirs goes. One that somebody closes stays closed.
#   kiosk.sh [PAGE [OUTPUTS]]   OUTPUTS is where the kernel tells which monitors are connected
port() {
  befresh-agent config show --json 2>/dev/null |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["page"]["port"])' 2>/dev/null || echo 8480
}
page=${1:-http://127.0.0.1:$(port)/}
outputs=${2:-/sys/class/drm}

until python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "$page" 2>/dev/null; do
  sleep 2
done

# Chromium asks about little memory, about pages to restore after a power cut, and about a keyring: nobody could answer.
# Its profile lives in memory, so that it neither wears the card nor remembers a crash. exec: its number is the shell's.
show() {
  case $1 in
    chromium*) exec "$1" --kiosk --start-fullscreen --no-memcheck --hide-crash-restore-bubble \
      --disable-session-crashed-bubble --noerrdialogs --disable-infobars --no-first-run --password-store=basic \
      --disk-cache-size=16777216 --user-data-dir="${XDG_RUNTIME_DIR:-/tmp}/befresh-agent-kiosk" "$page" ;;
    *) exec "$1" --kiosk "$page" ;;
  esac
}

monitors() {
  for output in "$outputs"/card*-*/status; do
    state=''
    [ ! -r "$output" ] || read -r state <"$output" || :
    [ "$state" != connected ] || echo "$output"
  done
}

# Ends the browser when a monitor is there that was not there a moment before.
watch_monitors() {
  before=$(monitors)
  while sleep 2 && kill -0 "$1" 2>/dev/null; do
    now=$(monitors)
    for output in $now; do
      case " $(echo $before) " in *" $output "*) ;; *) kill "$1" 2>/dev/null || return 0 ;; esac
    done
    before=$now
  done
}

# As the browser ended; what is started again after a monitor came back counts as a crash.
shown() {
  show "$1" &
  browser_pid=$!
  watch_monitors "$browser_pid" &
  watching=$!
  wait "$browser_pid"
  code=$?
  kill "$watching" 2>/dev/null
  return "$code"
}

for browser in chromium chromium-browser firefox-esr firefox; do
  command -v "$browser" >/dev/null || continue
  until shown "$browser"; do
    sleep 2
  done
  exit 0
done
echo "kiosk: no browser found: sudo apt install chromium" >&2
exit 1
