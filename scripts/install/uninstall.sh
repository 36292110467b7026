# shellcheck shell=bash
# Taking the agent away again. Settings and data stay unless --purge is given, or the question is answered with yes.

uninstall() {
  local secrets=("$root"/etc/credstore/befresh-agent.*)
  local units=(befresh-agent-update.timer befresh-agent.service befresh-agent-recover.service)
  if command -v systemctl >/dev/null; then
    when_systemd_runs systemctl --quiet stop "${units[@]}" || true
    run systemctl --quiet disable "${units[@]}" 2>/dev/null || true
  fi
  drop /etc/systemd/system/befresh-agent{,-recover,-radio,-update}.service /etc/systemd/system/befresh-agent-update.timer \
    /etc/systemd/system/befresh-agent.service.d/{growing-delay,names}.conf /etc/cron.d/befresh-agent \
    /etc/udev/rules.d/60-befresh-agent.rules /etc/polkit-1/rules.d/60-befresh-agent.rules \
    /etc/tmpfiles.d/befresh-agent.conf /usr/local/bin/befresh-agent "$opt"
  take_offers_back
  if systemd_drop_ins_are_empty; then drop /etc/systemd/system/befresh-agent.service.d; fi
  when_systemd_runs systemctl daemon-reload
  if [ -n "$purge" ] || wants_it_all_gone; then
    forget_what_was_added
    drop "$etc" "$data" /run/befresh-agent "${secrets[@]#"$root"}" /etc/systemd/system/befresh-agent.service.d
    if getent passwd "$user" >/dev/null; then
      run userdel "$user"
    fi
  elif [ -e "$root$data" ] || [ -e "$root$etc" ]; then
    say "settings and data are kept: $etc, $data (--uninstall --purge removes them)"
  fi
}

# The group that was made for the service goes; Debian packages may be of use to others by now, and are named.
forget_what_was_added() {
  local packages added=$root$etc/.added
  [ -e "$added" ] || return 0
  if grep -qx 'group gpio' "$added" && getent group gpio >/dev/null; then
    run groupdel gpio
  fi
  packages=$(sed -n 's/^packages //p' "$added" | tr '\n' ' ')
  [ -z "$packages" ] || say "Debian packages that came with it stay; to remove them: sudo apt purge ${packages% }"
}

systemd_drop_ins_are_empty() {
  local folder=$root/etc/systemd/system/befresh-agent.service.d
  [ -d "$folder" ] && [ -z "$(ls -A "$folder")" ]
}

wants_it_all_gone() {
  local answer
  [ -t 0 ] && [ -z "$dry_run" ] || return 1
  read -r -p "Remove settings and data too ($etc, $data)? [y/N] " answer
  [[ "$answer" == [yY]* ]]
}
