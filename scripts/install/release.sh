# shellcheck shell=bash
# The release, and what later updates need. The updater makes it, so that the first release is made, tried and taken over
# as every later one is (docs/updates.md).

new_release=''

# The branch that this clone follows; nothing where it stands at a tag or a commit.
cloned_branch() {
  local upstream
  upstream=$(git_here rev-parse --abbrev-ref --symbolic-full-name '@{upstream}' 2>/dev/null) && echo "${upstream#*/}" ||
    git_here symbolic-ref --quiet --short HEAD || true
}

git_here() { git -c safe.directory='*' "$@"; } # the checkout belongs to whoever cloned it

add_release() {
  local commit version id before origin branch
  git_here rev-parse --quiet --verify HEAD >/dev/null 2>&1 ||
    die "$PWD is no git checkout: install from a clone, updates come the same way"
  [ -z "$(git_here status --porcelain --untracked-files=no)" ] ||
    say "changes in this checkout that are not committed are not installed"
  commit=$(git_here rev-parse HEAD)
  version=$(git_here show HEAD:src/befresh_agent/__init__.py | sed -n 's/^__version__ = "\(.*\)"$/\1/p')
  id=$version-${commit:0:12}
  origin=$(git_here remote get-url origin 2>/dev/null || echo "$PWD")
  before=$(readlink "$root$opt/current" || true)
  if [ -n "$dry_run" ]; then
    [ "$before" = "releases/$id" ] || printf '%s: would make %s/releases/%s with its own .venv\n' "$me" "$opt" "$id"
    return
  fi
  [ -e "$root$opt/releases/$id/.ready" ] || say "making $opt/releases/$id (minutes, the first time)"
  branch=$(cloned_branch)
  [ -n "$branch" ] ||
    say "this clone stands at one version, no branch: updates follow main, or what update.branch in $etc/config.toml names; update.enabled = false keeps this version"
  "$PYTHON" -I -B updater --root "${root:-/}" install "$PWD" --origin "$origin" --branch "$branch" || die "the release was not installed"
  [ "$(readlink "$root$opt/current")" = "$before" ] || new_release=$id
}
