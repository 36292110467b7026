# shellcheck shell=bash
# Everything around the release: Debian packages, the service's user, settings, units, cron, and the start.

check_machine() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null ||
    die "this is neither Raspberry Pi OS nor Debian; docs/hardware.md says what an installation consists of"
  case $(dpkg --print-architecture) in
    arm64 | amd64) ;;
    *) die "this is a 32-bit system; install the 64-bit Raspberry Pi OS" ;;
  esac
  check_memory
}

# Python packages take some 150 MB while they are installed, beside what else runs.
check_memory() {
  local free all
  all=$(megabytes '^MemTotal:') free=$(megabytes '^(MemAvailable|SwapFree):')
  [ -n "$all" ] || return 0
  ((all >= 350)) || die "this machine has $all MB of memory; the agent needs one with 512 MB"
  ((free >= 150)) || die "$free MB of memory are free, the installation needs 150; end other programs, then try again"
}

megabytes() { awk -v want="$1" '$1 ~ want { sum += $2 } END { if (NR) print int(sum / 1024) }' "$root/proc/meminfo" 2>/dev/null || true; }

# Raspberry Pi's own archive has the camera's library, and from Debian 13 on the second one for pins, which the lock cannot
# give; the first one it does. Those that are not installed, and known to this system's archives.
from_raspberry_pi() {
  local package wanted=(python3-picamera2)
  if "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
    wanted+=(python3-rpi-lgpio python3-lgpio)
  fi
  for package in "${wanted[@]}"; do
    if ! installed "$package" 2>/dev/null && known "$package"; then
      printf '%s ' "$package"
    fi
  done
}

known() { apt-cache show "$1" >/dev/null 2>&1; }

# Said once, with the release.
say_what_plain_debian_lacks() {
  [ "$(dpkg --print-architecture)" = arm64 ] || return 0
  installed python3-picamera2 2>/dev/null || known python3-picamera2 ||
    say "only Raspberry Pi OS has the package for the Pi's own camera; what works here: docs/hardware.md"
}

add_packages() {
  local absent
  PYTHON=/usr/bin/python3 # picamera2 works with Debian's own Python only
  [ "$updates" != cron ] || needed+=(cron)
  absent=$(missing "${needed[@]}")$(from_raspberry_pi)
  [ -n "$absent" ] || return 0
  if [ -n "$dry_run" ]; then
    printf '%s: would install Debian packages: %s\n' "$me" "${absent% }"
    return
  fi
  install_packages "$absent"
  note_added "packages ${absent% }"
  absent=$(missing "${needed[@]}")$(from_raspberry_pi) # what only a fresh list of packages shows
  [ -z "$absent" ] || install_packages "$absent"
  suitable "$PYTHON" || die "$PYTHON is not a Python 3.11, 3.12 or 3.13"
}

# note_added WHAT: what --uninstall --purge takes away again, or names.
note_added() {
  [ -n "$dry_run" ] || { mkdir -p "$root$etc" && printf '%s\n' "$1" >>"$root$etc/.added"; }
}

add_user() {
  local group mine
  if ! getent passwd "$user" >/dev/null; then
    [ -n "$dry_run" ] || say "adding the user $user"
    run useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin "$user"
  fi
  if [ ! -d "$root$data" ]; then
    run mkdir -p -m 0700 "$root$data"
    run chown "$user:$user" "$root$data"
  fi
  mine=" $(id -nG "$user" 2>/dev/null || true) "
  if ! getent group gpio >/dev/null; then
    run groupadd --system gpio
    note_added 'group gpio'
  fi
  for group in gpio video audio bluetooth; do
    if getent group "$group" >/dev/null && [[ "$mine" != *" $group "* ]]; then
      run usermod --append --groups "$group" "$user"
    fi
  done
}

# The user's settings are never touched: only a new file gets what was given here.
add_settings() {
  local file=$etc/config.toml new
  if [ -e "$root$file" ]; then
    [ -z "$fridge" ] || says "$file" id "$fridge" ||
      say "--fridge $fridge changes nothing: $file is yours; set id = $fridge there, then: sudo systemctl restart befresh-agent"
    [ -z "$broker" ] || says "$file" server "\"$broker\"" ||
      say "--broker $broker changes nothing: $file is yours; set server = \"$broker\" there, then: sudo systemctl restart befresh-agent"
    [ -z "$names" ] || says "$file" "${names_engine}_model" "\"$names_home/$names_engine\"" ||
      say "one thing is left to do: $file is yours; set ${names_engine}_model = \"$names_home/$names_engine\" under [voice] there, then: sudo systemctl restart befresh-agent"
    return
  fi
  new=$(mktemp)
  cp config/befresh-agent.toml "$new"
  [ -z "$fridge" ] || sed -i "s/^# id = 17$/id = $fridge/" "$new"
  [ -z "$broker" ] || sed -i "s/^# server = \"\"$/server = \"$broker\"/" "$new"
  [ -z "$names" ] || sed -i "s|^# ${names_engine}_model = .*$|${names_engine}_model = \"$names_home/$names_engine\"|" "$new"
  put 0644 "$new" "$file" # secrets belong into /etc/credstore, and are refused in a file that others may read
  rm -f "$new"
}

# says FILE KEY VALUE: whether the settings say that already.
says() { grep -qE "^[[:space:]]*$2[[:space:]]*=[[:space:]]*$3[[:space:]]*(#.*)?$" "$root$1"; }

add_system_files() {
  local unit=/etc/systemd/system
  changed=''
  put 0755 systemd/befresh-agent /usr/local/bin/befresh-agent
  put 0644 systemd/befresh-agent.service $unit/befresh-agent.service
  put 0644 systemd/befresh-agent-recover.service $unit/befresh-agent-recover.service
  put 0644 systemd/befresh-agent-radio.service $unit/befresh-agent-radio.service
  put 0644 systemd/befresh-agent-update.service $unit/befresh-agent-update.service
  put 0644 systemd/befresh-agent-update.timer $unit/befresh-agent-update.timer
  put 0644 systemd/60-befresh-agent.rules /etc/udev/rules.d/60-befresh-agent.rules
  put 0644 systemd/polkit.rules /etc/polkit-1/rules.d/60-befresh-agent.rules
  put 0644 systemd/tmpfiles.conf /etc/tmpfiles.d/befresh-agent.conf
  if [ "$(systemd_version)" -ge 254 ]; then
    put 0644 systemd/growing-delay.conf $unit/befresh-agent.service.d/growing-delay.conf
  fi
  if [ "$updates" = cron ]; then
    put 0644 systemd/cron /etc/cron.d/befresh-agent
  else
    drop /etc/cron.d/befresh-agent
  fi
  allow_memory
  add_offers
  if [ -n "$changed" ]; then
    when_systemd_runs systemctl daemon-reload
    if systemd_runs && command -v udevadm >/dev/null; then
      run udevadm control --reload
      run udevadm trigger --subsystem-match=gpio
    fi
  fi
  unblock_bluetooth
}

# Raspberry Pi OS boots with it blocked; later the rule of udev lifts that.
unblock_bluetooth() {
  local switch
  systemd_runs || return 0
  for switch in "$root"/sys/class/rfkill/rfkill*; do
    if [ "$(cat "$switch/type" 2>/dev/null)" = bluetooth ] && [ "$(cat "$switch/soft" 2>/dev/null)" = 1 ]; then
      [ -n "$dry_run" ] || say "Bluetooth was blocked (rfkill): switching it on"
      run rfkill unblock bluetooth
      return
    fi
  done
}

systemd_version() { systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p' | grep . || echo 0; }

enabled() { systemctl is-enabled --quiet "$1" 2>/dev/null; }

start_agent() {
  local other=befresh-agent-update.timer
  enabled befresh-agent.service || run systemctl --quiet enable befresh-agent.service
  enabled befresh-agent-recover.service || run systemctl --quiet enable befresh-agent-recover.service
  if [ "$updates" = timer ]; then
    enabled $other || run systemctl --quiet enable $other
    when_systemd_runs systemctl start $other
  elif enabled $other; then
    run systemctl --quiet disable $other
    when_systemd_runs systemctl stop $other
  fi
  [ -z "$dry_run$image" ] || return 0
  local then='see how it is: sudo befresh-agent doctor; where its page is: sudo befresh-agent page'
  if ! grep -qs '^id *=' "$root$etc/config.toml"; then
    say "one thing is left to say: which fridge this is. Set id in $etc/config.toml, then:"
    say "  sudo systemctl restart befresh-agent && sudo befresh-agent doctor"
  elif ! systemd_runs; then
    [ -z "$new_release$changed" ] || say "installed; it starts with the next boot, $then"
  elif [ -n "$new_release$changed" ] || ! systemctl is-active --quiet befresh-agent; then
    systemctl restart befresh-agent || die "it does not start; the reason: journalctl -u befresh-agent -n 20"
    say "installed and started, $then"
  fi
}

# What tells one fridge from another (the store's name, the page's token) is made at the first start of each copy.
prepare_image() {
  when_systemd_runs systemctl --quiet stop befresh-agent.service
  if [ -d "$root$data" ]; then
    run find "$root$data" -mindepth 1 -delete
  fi
  [ -n "$dry_run" ] || say "prepared; on each copy write REFRIGERATOR_ID=17 (its own number) into befresh-agent.env on the boot partition"
}
