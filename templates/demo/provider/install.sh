#!/bin/sh
# install.sh PYTHON FOLDER: puts the file provider and a command line configuration that finds it into FOLDER.
# PYTHON needs the PyPI package `tf`. Point TF_CLI_CONFIG_FILE at FOLDER/cli.tfrc to use it. Can be run again.
set -eu

python=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
version=0.1.0

case $(uname -m) in
  x86_64) platform=linux_amd64 ;;
  aarch64) platform=linux_arm64 ;;
  *) echo "install.sh: no name for the platform $(uname -m)" >&2; exit 1 ;;
esac

quoted() { printf "'"; printf '%s' "$1" | sed "s/'/'\\\\''/g"; printf "'"; }

place=$folder/mirror/local.test/drift/driftfile/$version/$platform
mkdir -p "$place" "$folder/home"
cp "$here/driftfile_provider.py" "$folder/driftfile_provider.py"

# `tf` keeps a TLS key under HOME; it gets a HOME of its own.
{
  printf '#!/bin/sh\n'
  printf 'HOME=%s exec %s %s "$@"\n' "$(quoted "$folder/home")" "$(quoted "$python")" \
    "$(quoted "$folder/driftfile_provider.py")"
} >"$place/provider.new"
chmod 755 "$place/provider.new"
mv "$place/provider.new" "$place/terraform-provider-driftfile_v$version"

cat >"$folder/cli.tfrc" <<END
disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path    = "$folder/mirror"
    include = ["local.test/*/*"]
  }
}
END
