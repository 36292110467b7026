# shellcheck shell=bash
# Python packages, for scripts/setup.sh: exactly what a lock names, by hash, and one plain line when they cannot be had.

me=${me:?the name of the script that sources this}

# A lock is whole, so nothing is resolved: an older pip would take an extra's newest version beside the pin.
install_locked() {
  local lock=requirements/$1.lock parts part
  if ! is_small; then
    install_part "$lock" "$lock"
    return
  fi
  parts=$(mktemp -d) || die "installing $lock: no temporary folder can be made; is the disk full?"
  in_parts "$lock" "$parts"
  for part in "$parts"/*; do
    install_part "$lock" "$part"
  done
  rm -rf "$parts"
}

install_part() { pip_install "installing $1" --no-deps --require-hashes --only-binary :all: --requirement "$2"; }

# Little memory: packages are installed few at a time.
is_small() { [ "$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null || echo 9999)" -lt "${small_mb:-0}" ]; }

# in_parts LOCK FOLDER: the lock in files of eight packages each, with their hashes.
in_parts() {
  awk -v folder="$2" '/^[A-Za-z0-9]/ { n++ } n { print > sprintf("%s/%03d", folder, int((n - 1) / 8)) }' "$1"
}

install_checkout() { pip_install "installing this checkout" --no-deps --no-build-isolation --editable .; }

# Whether all that these locks name is installed, and all that it needs. Says what is not.
whole() { .venv/bin/python -I scripts/check_packages.py "$@"; }

# pip_install WHAT OPTIONS...: only its log tells an index out of reach from one that lacks a package.
pip_install() {
  local what=$1 log
  log=$(mktemp) || die "$1: no temporary file can be made; is the disk full?"
  shift
  quietly "$what" "$log" .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --log "$log" "$@"
  rm -f "$log"
}

# quietly WHAT LOG COMMAND...: silent when it does well; else one line says why, and what to do.
quietly() {
  local what=$1 log=$2 said code=0
  shift 2
  said=$("$@" 2>&1) || code=$?
  [ "$code" = 0 ] || die "$what failed: $(cause "$code" "$log" "$said")"
}

# cause CODE LOG SAID: what was wrong, and the remedy.
cause() {
  local code=$1 log=$2 said=$3 found
  if tells 'No space left on device|Disk quota exceeded|Errno 28'; then
    echo "the disk is full; make room for .venv and in ${TMPDIR:-/tmp}, then try again"
  elif [ "$code" -gt 128 ] || tells 'MemoryError|Cannot allocate memory'; then
    echo "it was ended from outside or memory ran out; end other programs, then try again"
  elif tells 'DO NOT MATCH THE HASHES|HashMismatch'; then
    found=$(grep -m1 -A1 -h 'DO NOT MATCH THE HASHES' "$log" - <<<"$said" | grep -oE '[A-Za-z0-9._-]+==[^ :]+' || true)
    found=${found%%$'\n'*}
    echo "${found:-a package} is not the file that was locked, and was not installed; it may be damaged on its way: try again"
  elif tells 'Could not fetch URL.*certificate|CERTIFICATE_VERIFY_FAILED'; then
    echo "the package index cannot be reached safely: its certificate is not accepted; is this machine's clock right (date)?"
  elif tells "$out_of_reach"; then
    echo "the package index cannot be reached; check the network and try again ($own_index)"
  elif tells 'No matching distribution found'; then
    found=$(grep -oEm1 'No matching distribution found for [^ ]+' "$log" - <<<"$said" || true)
    found=${found%%$'\n'*}
    echo "the package index has no ${found##* } for Python $(version .venv/bin/python) on $(uname -m);" \
      "take another Python (PYTHON=python3.11) or a whole index ($own_index)"
  else
    echo "$(grep -E '[^[:space:]]' <<<"$said" | tail -n 1)${log:+ (pip\'s log: $log)}"
  fi
}

# Said by pip where an answer did not come, or was an error of the index; that it has no page for a package (404) is an answer.
out_of_reach='Could not fetch URL [^ ]+: (connection error|.*timed out|.*Max retries|.*ssl certificate|(40[1357]|429|5[0-9][0-9]) )'
out_of_reach="$out_of_reach|ERROR: .*(Max retries exceeded|[Tt]imed out|HTTP error (40[1357]|429|5[0-9][0-9])|Connection (broken|reset|aborted|refused))"
out_of_reach="$out_of_reach|ReadTimeoutError|IncompleteRead|incomplete-download|is not a trusted or secure host"
own_index='behind a proxy set HTTPS_PROXY, for an index of your own PIP_INDEX_URL'

# Whether the command that `cause` is about said something like this.
tells() { grep -qE -e "$1" "${log:-/dev/null}" - <<<"$said"; }
