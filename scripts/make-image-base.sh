#!/bin/sh
# Makes what seldom changes of the image of the site programs, and prints where it stands: make-image-base.sh [--where]
# It is an archive below XDG_CACHE_HOME, called by what it is made of: Debian by debootstrap, from where this machine's own packages come from,
# with Node and the npm packages of this checkout. With --where it is not made. Root is needed to make it. Ends with 3 when something is missing.
set -eu

lacking() {
	echo "$1" >&2
	exit 3
}

case $#/${1:-} in
0/ | 1/--where) ;;
*)
	echo 'usage: make-image-base.sh [--where]' >&2
	exit 2
	;;
esac

checkout=$(cd "$(dirname "$0")/.." && pwd)
cd "$checkout"
PATH=$PATH:/usr/sbin:/sbin
node=$checkout/node_modules/node/bin/node
[ -x "$node" ] || lacking 'The packages of npm are missing: npm ci'

# shellcheck source=/dev/null # A file of the system.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
packages=$(sed 's/#.*//' scripts/image-packages.txt | tr -s '[:space:]' ',' | sed 's/^,//; s/,$//')
key=$(
	{
		echo "$codename $packages $("$node" --version)"
		cat package-lock.json scripts/make-image-base.sh scripts/build-image.sh
	} | sha256sum | cut -c 1-16
)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/streambed
archive=$cache/base-$key.tar
if [ "${1:-}" = --where ] || [ -e "$archive" ]; then
	echo "$archive"
	exit
fi

[ "$(id -u)" = 0 ] || lacking 'debootstrap is run by root; with a registry: docker build .'
command -v debootstrap >/dev/null || lacking 'debootstrap is not installed: sh scripts/install-docker.sh'
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
	awk -v release="$codename" '$2 == release {print $1; exit}')
[ -n "$mirror" ] || lacking "apt knows no source of Debian $codename."

work=$(mktemp -d)
trap 'rm -rf "$work" "$work.log" "$work.packages" "$work.files" "$archive.$$"' EXIT
chmod 755 "$work"
if ! debootstrap --variant=minbase --include="$packages" "$codename" "$work" "$mirror" >"$work.log" 2>&1; then
	tail -n 5 "$work.log" >&2
	lacking 'debootstrap could not make the root of the image; its last lines are above.'
fi
rm -rf "$work"/var/cache/apt/* "$work"/var/lib/apt/lists/* "$work"/usr/share/doc "$work"/usr/share/man \
	"$work"/usr/share/locale "$work"/var/log/* "$work"/etc/apt/sources.list
install -D -m 755 "$node" "$work/usr/local/bin/node"
mkdir -p "$work/opt/streambed" "$cache"
# What lies below a package comes with it.
npm ls --omit=dev --all --parseable >"$work.packages"
sed "1d; s|^$checkout/||" "$work.packages" | grep --invert-match '^node_modules/.*node_modules' >"$work.files"
tar --create --file="$archive.$$" --files-from="$work.files"
tar --extract --file="$archive.$$" --directory="$work/opt/streambed"
# Whole or not at all, also where two make it at once.
tar --create --directory="$work" --file="$archive.$$" .
mv "$archive.$$" "$archive"
echo "$archive"
