# shellcheck shell=bash
# The release directory: $opt/releases/<version>-<commit>, with its own .venv, and `current` pointing at it.
# An update makes the same one (see docs/update.md), so the first installation can be updated and gone back to.

new_release=''

git_here() { git -c safe.directory='*' "$@"; } # the checkout belongs to whoever cloned it

add_release() {
  local commit version id
  git_here rev-parse --quiet --verify HEAD >/dev/null 2>&1 ||
    die "$PWD is no git checkout: install from a clone, updates come the same way"
  [ -z "$(git_here status --porcelain --untracked-files=no)" ] ||
    say "changes in this checkout that are not committed are not installed"
  commit=$(git_here rev-parse HEAD)
  version=$(git_here show HEAD:src/befresh_agent/__init__.py | sed -n 's/^__version__ = "\(.*\)"$/\1/p')
  id=$version-${commit:0:12}
  fetch_into_repository "$commit"
  make_release "$id" "$commit"
  add_updater "$id"
  point_at "$id"
}

# The bare repository from which updates are made; it asks where this checkout came from.
fetch_into_repository() {
  local commit=$1 repo=$root$opt/repo.git origin
  origin=$(git_here remote get-url origin 2>/dev/null || echo "$PWD")
  if [ ! -d "$repo" ]; then
    run git init --quiet --bare "$repo"
    run git -C "$repo" remote add origin "$origin"
  fi
  if [ -n "$dry_run" ] || ! git -C "$repo" cat-file -e "$commit^{commit}" 2>/dev/null; then
    run git -C "$repo" fetch --quiet --update-shallow --upload-pack "git -c safe.directory=* upload-pack" \
      "$PWD" "+HEAD:refs/installed" "+refs/tags/*:refs/tags/*"
  fi
}

make_release() {
  local id=$1 commit=$2 release=$root$opt/releases/$1
  [ ! -e "$release/.ready" ] || return 0
  new_release=$id
  if [ -n "$dry_run" ]; then
    printf '%s: would make %s/releases/%s with its own .venv\n' "$me" "$opt" "$id"
    return
  fi
  say "making $opt/releases/$id (minutes, the first time)"
  rm -rf "$release"
  mkdir -p "$release"
  git -C "$root$opt/repo.git" archive "$commit" | tar -x -C "$release"
  PYTHON=$PYTHON "$release/scripts/setup.sh" release >/dev/null
  touch "$release/.ready"
  sync -f "$release"
}

# Outside the releases, so that a broken one cannot break the way back.
add_updater() {
  local release=$root$opt/releases/$1
  [ -d "$release/updater" ] || return 0
  if ! diff -qr "$release/updater" "$root$opt/updater" >/dev/null 2>&1; then
    changed="$changed $opt/updater"
    [ -n "$dry_run" ] || say "writing $opt/updater"
    run rm -rf "$root$opt/updater.new"
    run cp -r "$release/updater" "$root$opt/updater.new"
    run rm -rf "$root$opt/updater"
    run mv -T "$root$opt/updater.new" "$root$opt/updater"
  fi
}

# One rename: after a power cut there is the old link or the new one.
point_at() {
  local id=$1
  [ "$(readlink "$root$opt/current" 2>/dev/null)" != "releases/$id" ] || return 0
  new_release=$id
  run ln -sfn "releases/$id" "$root$opt/.current.new"
  run mv -T "$root$opt/.current.new" "$root$opt/current"
  run sync -f "$root$opt"
}
