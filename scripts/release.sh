#!/usr/bin/env bash
# Makes a release: names its part of CHANGELOG.md, writes its SBOM, commits the version, and signs the tag that fridges
# install. Or says how far a release that is published may go.
#
#   scripts/release.sh 1.2.3 [--ring 5] [--key ~/.ssh/release] [--unchecked]
#   scripts/release.sh 1.2.3 --widen 50 [--key ...]    it comes to rings 0 to 50 from now on (99: to all)
#   scripts/release.sh 1.2.3 --halt [--key ...]        it comes to no further fridge
#
# Without --ring a release comes to all rings at once. Nothing is pushed: the last lines say how. Without --key git's
# user.signingkey signs. `make check` runs before, unless --unchecked says that it has. What fails leaves the checkout as it was. docs/how-to/publish-a-release.md
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
me=release

die() {
  printf '%s: %s\n' "$me" "$*" >&2
  exit 1
}

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "scripts/release.sh"
  exit "$1"
}

version='' key=$(git config user.signingkey || true) checked='' ring='' further=''
while (($#)); do
  case $1 in
    --help | -h) usage 0 ;;
    --key) key=${2-} && shift ;;
    --unchecked) checked=yes ;;
    --ring) ring=${2-} && shift ;;
    --widen) ring=${2-} further=ring-${2-} && shift ;;
    --halt) further=halt ;;
    -*) usage 2 >&2 ;;
    *) version=${1#v} ;;
  esac
  shift
done

[[ $version =~ ^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}$ ]] || die "a version is three numbers, such as 1.2.3: '$version'"
[ -n "$key" ] || die "no key: --key FILE, or git config user.signingkey FILE (ssh-keygen -t ed25519 -f FILE makes one)"
[ -e "$key" ] || die "there is no key $key"
[[ -z $ring || $ring =~ ^(0|[1-9][0-9]?)$ ]] || die "rings are 0 to 99: '$ring'"
sign=(-c gpg.format=ssh -c "user.signingkey=$key")
if [ -n "$further" ]; then
  git rev-parse --verify --quiet "refs/tags/v$version" >/dev/null || die "there is no v$version"
  git "${sign[@]}" tag --sign --message "befresh-agent $version: $further" "v$version-$further" "v$version^{commit}"
  printf 'v%s-%s is signed. To publish it:\n  git push origin "v%s-%s"\n' "$version" "$further" "$version" "$further"
  exit
fi
[ -z "$(git status --porcelain --untracked-files=no)" ] || die "there are changes that are not committed"
[ -z "$(git tag --list "v$version")" ] || die "v$version is there already: a published version never changes"
newest=$(git tag --list 'v*' --sort=-version:refname | head -n 1)
[ "$(printf '%s\n' "${newest#v}" "$version" | sort -V | tail -n 1)" = "$version" ] || die "$newest is newer than $version"

notes=$(awk '/^## \[Unreleased\]/ {on = 1; next} /^## / {on = 0} on' CHANGELOG.md)
grep -q '^- ' <<<"$notes" || die "CHANGELOG.md says nothing under [Unreleased]"
[ -n "$checked" ] || make check

before=$(git rev-parse HEAD)
trap 'git tag --delete "v$version" >/dev/null 2>&1 || true; git reset --quiet --hard "$before"' ERR
sed -i "s/^__version__ = .*/__version__ = \"$version\"/" src/befresh_agent/__init__.py
sed -i "s/^## \[Unreleased\].*/## [Unreleased]\n\n## [$version] - $(date +%F)/" CHANGELOG.md
python3 scripts/sbom.py "$version" requirements/run.lock >requirements/run.cdx.json
git add requirements/run.cdx.json
git commit --quiet --all --message "Version $version"
printf 'befresh-agent %s\n%s\n%s' "$version" "$notes" "${ring:+
Ring: $ring
}" | git "${sign[@]}" tag --sign --cleanup=verbatim --file - "v$version"

public=$(cat "${key%.pub}.pub")
signers=$(mktemp)
printf '* namespaces="git" %s\n' "$public" >"$signers"
git -c gpg.format=ssh -c "gpg.ssh.allowedSignersFile=$signers" verify-tag "v$version" 2>/dev/null
rm "$signers"
trap - ERR

cat <<END
v$version is made and signed. To publish it:
  git push --atomic origin HEAD "v$version"
Fridges take it that have this line in /etc/befresh-agent/allowed_signers:
  $(git config user.email || echo maker) namespaces="git" $public
END
