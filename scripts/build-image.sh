#!/bin/sh
# Builds the image of the site programs without any registry: build-image.sh [NAME]. The Dockerfile makes the same one with a registry.
# Its Debian is made by debootstrap from where this machine's own packages come from, Node and the npm packages are those of this
# checkout. What seldom changes is one layer, kept by what it is made of: here below XDG_CACHE_HOME, and at the engine.
# Root is needed, and an engine: DOCKER_HOST says which. Ends with 3 when something is missing.
set -eu

lacking() {
	echo "$1" >&2
	exit 3
}

checkout=$(cd "$(dirname "$0")/.." && pwd)
cd "$checkout"
PATH=$PATH:/usr/sbin:/sbin
node=$checkout/node_modules/node/bin/node
[ -x "$node" ] || lacking 'The packages of npm are missing: npm ci'
[ -e dist/harness/testbeds/docker/site-agent.js ] || lacking 'The programs are not bundled: npm run build'
command -v docker >/dev/null || lacking 'docker is not installed: sh scripts/install-docker.sh'
docker version >/dev/null 2>&1 || lacking 'No container engine answers: sh scripts/start-docker.sh, and set DOCKER_HOST as it says.'

version=$("$node" --print 'require("./package.json").version')
image=${1:-streambed:$version}
# shellcheck source=/dev/null # A file of the system.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
packages=$(sed 's/#.*//' scripts/image-packages.txt | tr -s '[:space:]' ',' | sed 's/^,//; s/,$//')
key=$(
	{
		echo "$codename $packages $("$node" --version)"
		cat package-lock.json scripts/build-image.sh
	} | sha256sum | cut -c 1-16
)
base=streambed-base:$key

work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

if ! docker image inspect "$base" >/dev/null 2>&1; then
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/streambed
	archive=$cache/base-$key.tar
	if [ ! -e "$archive" ]; then
		[ "$(id -u)" = 0 ] || lacking 'debootstrap is run by root; with a registry: docker build --tag '"$image"' .'
		command -v debootstrap >/dev/null || lacking 'debootstrap is not installed: sh scripts/install-docker.sh'
		mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
			awk -v release="$codename" '$2 == release {print $1; exit}')
		[ -n "$mirror" ] || lacking "apt knows no source of Debian $codename."
		work=$(mktemp -d)
		chmod 755 "$work"
		if ! debootstrap --variant=minbase --include="$packages" "$codename" "$work" "$mirror" >"$work.log" 2>&1; then
			tail -n 5 "$work.log" >&2
			rm -f "$work.log"
			lacking 'debootstrap could not make the root of the image; its last lines are above.'
		fi
		rm -f "$work.log"
		rm -rf "$work"/var/cache/apt/* "$work"/var/lib/apt/lists/* "$work"/usr/share/doc "$work"/usr/share/man \
			"$work"/usr/share/locale "$work"/var/log/* "$work"/etc/apt/sources.list
		install -D -m 755 "$node" "$work/usr/local/bin/node"
		mkdir -p "$work/opt/streambed" "$cache"
		# What lies below a package comes with it.
		npm ls --omit=dev --all --parseable | sed "1d; s|^$checkout/||" | grep --invert-match '^node_modules/.*node_modules' |
			tar --create --files-from=- |
			tar --extract --directory="$work/opt/streambed"
		tar --create --directory="$work" . >"$archive.next"
		mv "$archive.next" "$archive"
	fi
	docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
		--change 'WORKDIR /opt/streambed' "$archive" "$base" >/dev/null
fi

[ -n "$work" ] || work=$(mktemp -d)
context=$work/context
mkdir "$context"
cp package.json "$context"
cp -r dist "$context/dist"
find "$context/dist" -name '*.map' -delete
mkdir -p "$context/proxies"
find proxies -name '*.proto' -exec cp --parents {} "$context" ';'
printf '%s\n' "FROM $base" 'COPY . /opt/streambed/' >"$context/Dockerfile"
DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" "$context" 2>/dev/null
