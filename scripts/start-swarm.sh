#!/bin/sh
# Starts a swarm of two engines of our own, apart from any other on this machine: start-swarm.sh [FOLDER].
# Prints the setting with which Streambed and the docker client find its manager: DOCKER_HOST=unix://FOLDER/near/docker.sock
# start-swarm.sh --with-image [FOLDER] builds the image of the site programs first, by build-image.sh, and both have it.
# start-swarm.sh --stop [FOLDER] ends both with all that they run; their images stay in FOLDER.
# Root is needed. Ends with 3 when an engine is missing or does not start.
#
# Each engine stands in namespaces of its own, as start-docker.sh makes them, under a host name of its own; a pair of devices joins
# the two, as a cable would. The nodes carry the labels streambed.host=near and streambed.host=far, and streambed.socket with where their
# engines listen. Where the kernel can, the second one has a monotonic clock of its own too, 1,000 s ahead, as that of another machine would be.
set -eu

lacking() {
	echo "$1" >&2
	exit 3
}

scripts=$(cd "$(dirname "$0")" && pwd)
action=start
case ${1:-} in
--stop | --with-image)
	action=${1#--}
	shift
	;;
esac
case ${1:-} in
-*)
	echo "usage: start-swarm.sh [--with-image | --stop] [FOLDER]" >&2
	exit 2
	;;
esac
[ "$(id -u)" = 0 ] || lacking 'A swarm of our own is started by root; any other swarm does as well.'
mkdir -p "${1:-${TMPDIR:-/tmp}/streambed-swarm}"
folder=$(cd "${1:-${TMPDIR:-/tmp}/streambed-swarm}" && pwd)

near() { docker --host "unix://$folder/near/docker.sock" "$@"; }
far() { docker --host "unix://$folder/far/docker.sock" "$@"; }

# Does something in the network namespace of an engine.
beside() {
	read -r pid _ <"$folder/$1/holder"
	shift
	nsenter --target "$pid" --net "$@"
}

# An engine under a host name of its own; what stands behind the name enters further namespaces.
engine() {
	name=$1
	shift
	# shellcheck disable=SC2016 # The inner shell expands its arguments.
	unshare --uts "$@" sh -c 'hostname "$1"; exec sh "$2/start-docker.sh" "$3"' engine \
		"streambed-$name" "$scripts" "$folder/$name" >/dev/null
}

if [ $action = stop ]; then
	sh "$scripts/start-docker.sh" --stop "$folder/far"
	sh "$scripts/start-docker.sh" --stop "$folder/near"
	rm -rf "$folder/near/data/swarm" "$folder/far/data/swarm"
	exit 0
fi

PATH=$PATH:/usr/sbin:/sbin
command -v docker >/dev/null || lacking 'docker is not installed: sh scripts/install-docker.sh'

clock=
if unshare --time --monotonic 1000 --fork true 2>/dev/null; then
	clock='--time --monotonic 1000 --fork'
fi
engine near
if [ $action = with-image ]; then
	image=$(DOCKER_HOST="unix://$folder/near/docker.sock" sh "$scripts/build-image.sh")
	if [ ! -e "$folder/far/data/image" ]; then
		# Layers are never written to again: the second engine has the same files under names of its own, before it starts.
		mkdir -p "$folder/far/data"
		cp --archive --link "$folder/near/data/image" "$folder/near/data/overlay2" "$folder/far/data"
	fi
fi
# shellcheck disable=SC2086 # Words on purpose.
engine far $clock
if [ $action = with-image ] && ! far image inspect "$image" >/dev/null 2>&1; then
	near save "$(near image inspect --format '{{index .RepoTags 0}}' "$image")" | far load >/dev/null
fi

if [ "$(near info --format '{{.Swarm.LocalNodeState}}')" != active ]; then
	read -r far_pid _ <"$folder/far/holder"
	beside near ip link add cable type veth peer name cable netns "$far_pid"
	for end in near:198.18.254.1 far:198.18.254.2; do
		beside "${end%%:*}" ip address add "${end#*:}/30" dev cable
		beside "${end%%:*}" ip link set dev cable up
	done
	near swarm init --advertise-addr 198.18.254.1 --listen-addr 198.18.254.1 --data-path-addr 198.18.254.1 \
		--default-addr-pool 198.18.64.0/18 --default-addr-pool-mask-length 24 >/dev/null
	far swarm join --advertise-addr 198.18.254.2 --listen-addr 198.18.254.2 --data-path-addr 198.18.254.2 \
		--token "$(near swarm join-token --quiet worker)" 198.18.254.1:2377 >/dev/null
	for name in near far; do
		node=$(docker --host "unix://$folder/$name/docker.sock" info --format '{{.Swarm.NodeID}}')
		near node update --label-add "streambed.host=$name" --label-add "streambed.socket=$folder/$name/docker.sock" "$node" >/dev/null
	done
fi
echo "DOCKER_HOST=unix://$folder/near/docker.sock"
