# shellcheck shell=bash
# What the installer may do to a machine: all of it goes through here, so that --dry-run can print it instead.

root=${root:-} dry_run=${dry_run:-}
changed=''

# Does it, or says what it would do.
run() {
  if [ -n "$dry_run" ]; then
    printf '%s: would run: %s\n' "$me" "$*"
  else
    "$@"
  fi
}

# put MODE SOURCE TARGET: a file as it should be; notes a change in `changed`.
put() {
  local mode=$1 from=$2 to=$root$3
  if cmp -s "$from" "$to" && [ "$(stat -c %a "$to")" = "${mode#0}" ]; then
    return
  fi
  changed="$changed $3"
  if [ -n "$dry_run" ]; then
    printf '%s: would write %s\n' "$me" "$3"
    return
  fi
  say "writing $3"
  install -D -m "$mode" "$from" "$to.new"
  mv -T "$to.new" "$to"
}

# drop PATH...: takes away what is there.
drop() {
  local path
  for path in "$@"; do
    if [ -e "$root$path" ] || [ -L "$root$path" ]; then
      changed="$changed $path"
      [ -n "$dry_run" ] || say "removing $path"
      run rm -rf "$root$path"
    fi
  done
}

# Whether systemd runs this machine; in a chroot, units are only enabled.
systemd_runs() { [ -d "$root/run/systemd/system" ]; }

when_systemd_runs() { if systemd_runs; then run "$@"; fi; }
