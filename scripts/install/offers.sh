# shellcheck shell=bash
# What is only done where it is asked for, as it changes the whole machine: watchdog, journal, memory, screen. Once
# switched on, each stays until --uninstall.

kernel_words=/boot/firmware/cmdline.txt
enable_memory=cgroup_enable=memory

add_offers() {
  [ -z "$watchdog" ] || put 0644 systemd/watchdog.conf /etc/systemd/system.conf.d/60-befresh-agent.conf
  if [ -n "$journal" ]; then
    put 0644 systemd/journal.conf /etc/systemd/journald.conf.d/60-befresh-agent.conf
    [[ "$changed" != *journald* ]] || when_systemd_runs systemctl restart systemd-journald
  fi
  [ -z "$memory" ] || limit_memory
  [ -z "$kiosk" ] || add_kiosk
}

# The kernel's command line is one line; what is wanted stands after what the firmware puts before it.
limit_memory() {
  if [ ! -e "$root$kernel_words" ]; then
    memory_is_limited || say "--memory: there is no $kernel_words here; add $enable_memory to the kernel's command line"
  elif ! grep -qw "$enable_memory" "$root$kernel_words"; then
    run sed -i "1s/\$/ $enable_memory/" "$root$kernel_words"
    [ -n "$dry_run" ] || say "$kernel_words: the kernel limits memory from the next restart on"
  fi
}

memory_is_limited() { grep -qsw memory "$root/sys/fs/cgroup/cgroup.controllers"; }

add_kiosk() {
  put 0644 systemd/befresh-agent-kiosk.desktop /etc/xdg/autostart/befresh-agent-kiosk.desktop
  # Else the screen goes dark after ten minutes, and a fridge has no keyboard to wake it.
  if [[ "$changed" == *kiosk* ]] && command -v raspi-config >/dev/null; then
    run raspi-config nonint do_blanking 1
  fi
}

# Said once, with the release: what a household may want and is not done unasked.
say_what_is_offered() {
  local offered=''
  [ -e "$root/etc/systemd/system.conf.d/60-befresh-agent.conf" ] ||
    offered+=" --watchdog (the Pi restarts itself when it hangs)"
  [ -e "$root/etc/systemd/journald.conf.d/60-befresh-agent.conf" ] || [ -d "$root/var/log/journal" ] ||
    offered+=" --journal (the log outlives a restart)"
  memory_is_limited || grep -qsw "$enable_memory" "$root$kernel_words" ||
    offered+=" --memory (this system does not hold the agent to its share of memory)"
  [ -z "$offered" ] || say "can be had in addition: scripts/install.sh$offered"
}

take_offers_back() {
  drop /etc/systemd/system.conf.d/60-befresh-agent.conf /etc/systemd/journald.conf.d/60-befresh-agent.conf \
    /etc/xdg/autostart/befresh-agent-kiosk.desktop
  if grep -qsw "$enable_memory" "$root$kernel_words"; then
    run sed -i "s/ *\\b$enable_memory\\b//" "$root$kernel_words"
  fi
}
