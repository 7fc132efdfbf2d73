#!/bin/sh
# Builds the image of the site programs without any registry: build-image.sh [NAME]. The Dockerfile makes the same one with a registry.
# Its Debian, Node and npm packages are one layer, made by make-image-base.sh and kept by what it is made of; what this checkout bundles is another.
# Root is needed where that layer is not there yet, and an engine: DOCKER_HOST says which. Ends with 3 when something is missing.
set -eu

lacking() {
	echo "$1" >&2
	exit 3
}

case $#/${1:-} in
*/-* | [!01]/*)
	echo 'usage: build-image.sh [NAME]' >&2
	exit 2
	;;
esac

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
archive=$(sh scripts/make-image-base.sh --where)
base=streambed-base:$(basename "$archive" .tar | sed 's/^base-//')
if ! docker image inspect "$base" >/dev/null 2>&1; then
	sh scripts/make-image-base.sh >/dev/null
	docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
		--change 'WORKDIR /opt/streambed' "$archive" "$base" >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
context=$work/context
mkdir "$context"
cp package.json "$context"
cp -r dist "$context/dist"
find "$context/dist" -name '*.map' -delete
mkdir -p "$context/proxies"
find proxies -name '*.proto' -exec cp --parents {} "$context" ';'
printf '%s\n' "FROM $base" 'COPY . /opt/streambed/' >"$context/Dockerfile"
# The builder that every engine has is called old at each use: what docker writes is shown where it fails.
if ! DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" "$context" 2>"$work/said"; then
	cat "$work/said" >&2
	lacking "The engine did not build $image; its words are above."
fi
