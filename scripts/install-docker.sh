#!/bin/sh
# Installs what a container engine of our own and an image without a registry need: docker-packages.txt.
# Leaves a machine alone that has an engine of its own, whoever it is from.
# Ends with 3 when a package is missing and cannot be installed.
set -eu

scripts=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
if command -v dockerd >/dev/null && command -v docker >/dev/null && command -v debootstrap >/dev/null; then
	exit 0
fi
exec sh "$scripts/install-debian-packages.sh" "$scripts/docker-packages.txt"
