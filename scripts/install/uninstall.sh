# shellcheck shell=bash
# Taking the agent away again. Settings and data stay unless --purge is given, or the question is answered with yes.

uninstall() {
  local secrets=("$root"/etc/credstore/befresh-agent.*)
  local units=(befresh-agent-update.timer befresh-agent.service befresh-agent-recover.service)
  if command -v systemctl >/dev/null; then
    when_systemd_runs systemctl --quiet stop "${units[@]}" || true
    run systemctl --quiet disable "${units[@]}" 2>/dev/null || true
  fi
  drop /etc/systemd/system/befresh-agent{,-recover,-update}.service /etc/systemd/system/befresh-agent-update.timer \
    /etc/systemd/system/befresh-agent.service.d/growing-delay.conf /etc/cron.d/befresh-agent \
    /etc/udev/rules.d/60-befresh-agent.rules /etc/polkit-1/rules.d/60-befresh-agent.rules \
    /etc/xdg/autostart/befresh-agent-kiosk.desktop /usr/local/bin/befresh-agent "$opt"
  when_systemd_runs systemctl daemon-reload
  if [ -n "$purge" ] || wants_it_all_gone; then
    drop "$etc" "$data" /run/befresh-agent "${secrets[@]#"$root"}" /etc/systemd/system/befresh-agent.service.d
    if getent passwd "$user" >/dev/null; then
      run userdel "$user"
    fi
  elif [ -e "$root$data" ] || [ -e "$root$etc" ]; then
    say "settings and data are kept: $etc, $data (--uninstall --purge removes them)"
  fi
}

wants_it_all_gone() {
  local answer
  [ -t 0 ] && [ -z "$dry_run" ] || return 1
  read -r -p "Remove settings and data too ($etc, $data)? [y/N] " answer
  [[ "$answer" == [yY]* ]]
}
