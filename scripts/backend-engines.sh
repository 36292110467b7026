#!/usr/bin/env bash
# Brings the engines of config/backend that `make test-backend` runs without Docker into build/backend/bin, where this
# machine has none of its own: Telegraf, built by Go from its own source with the plugins that telegraf.conf uses (a
# minute or two), the program of the library that `docker compose` reads its files with, a reader of dashboards by
# Grafana's own types, and InfluxDB, unpacked from Debian's package (nothing is installed, no service starts).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
me=backend-engines
source scripts/debian.sh
telegraf=v1.37.2
compose=v2.4.7
config=config/backend/telegraf.conf
bin=$PWD/build/backend/bin

plugins() { sed -n 's/^\[\[\([a-z]*\.[a-z_]*\)\]\].*/\1/p' "$config" | sort -u; }

mkdir -p "$bin"
tags="custom,$(plugins | paste -s -d ,),parsers.xpath,serializers.influx"

# build NAME PACKAGE TAGS [FOLDER]: unless what is there was made of the very same; the folder is that of a program of ours.
build() {
  local made_of="$2 $3${4:+ $(cat "$4"/* | sha256sum)}"
  ! grep -qsxF "$made_of" "$bin/$1.made-of" || return 0
  command -v go >/dev/null || die "there is no Go to build $1 with"
  say "building $1 from ${4:-$2}"
  (cd "${4:-.}" && GOBIN=$bin/new go install -trimpath -tags "$3" "$2" 2>"$bin/log") ||
    { tail -n 20 "$bin/log" >&2 && die "$1 cannot be built here"; }
  mv "$bin"/new/* "$bin/$1"
  echo "$made_of" >"$bin/$1.made-of"
}

command -v telegraf >/dev/null || build telegraf "github.com/influxdata/telegraf/cmd/telegraf@$telegraf" "$tags"
build compose-go "github.com/compose-spec/compose-go/v2/cmd@$compose" ''
build check-dashboards . '' tests/backend/dashboards
if ! command -v influxd >/dev/null && [ ! -x "$bin/influxd" ]; then
  say "unpacking Debian's InfluxDB"
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  (cd "$unpacked" && apt-get download influxdb >log 2>&1 && dpkg-deb -x influxdb_*.deb .) ||
    { tail -n 20 "$unpacked/log" >&2 && die "Debian's influxdb cannot be had here"; }
  cp "$unpacked/usr/bin/influxd" "$bin/"
fi
