#!/bin/sh
# Shows the fridge's page full screen, for a fridge with a display. Started with the desktop by
# systemd/befresh-agent-kiosk.desktop; waits until the agent serves the page.
port() {
  befresh-agent config show --json 2>/dev/null |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["page"]["port"])' 2>/dev/null || echo 8480
}
page=${1:-http://127.0.0.1:$(port)/}

until python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "$page" 2>/dev/null; do
  sleep 2
done

for browser in chromium chromium-browser firefox-esr firefox; do
  command -v "$browser" >/dev/null || continue
  case $browser in
    chromium*) exec "$browser" --kiosk --noerrdialogs --disable-infobars --no-first-run --password-store=basic "$page" ;;
    *) exec "$browser" --kiosk "$page" ;;
  esac
done
echo "kiosk: no browser found: sudo apt install chromium" >&2
exit 1
