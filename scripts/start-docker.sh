#!/bin/sh
# Starts a container engine of our own, apart from any other on this machine: start-docker.sh [FOLDER].
# Prints the setting with which Streambed and the docker client find it: DOCKER_HOST=unix://FOLDER/docker.sock
# start-docker.sh --stop [FOLDER] ends it with all of its containers; its images stay in FOLDER.
# Root is needed. Ends with 3 when dockerd is missing or does not start.
#
# The engine has namespaces of its own for network, mounts and processes: its bridges, rules and containers end with it,
# however it ends, and it meets no other engine. There is no way out of them, so it sets no rules for packets: those of one link's network
# take some twenty starts of iptables. For every container it starts itself anew three times, each for less than a tenth of a second, and
# collected garbage for a part of that: GOGC has it wait.
set -eu

lacking() {
	echo "$1" >&2
	exit 3
}

stop=false
if [ "${1:-}" = --stop ]; then
	stop=true
	shift
fi
case ${1:-} in
-*)
	echo "usage: start-docker.sh [--stop] [FOLDER]" >&2
	exit 2
	;;
esac
[ "$(id -u)" = 0 ] || lacking 'An engine of our own is started by root; any other engine does as well.'
mkdir -p "${1:-${TMPDIR:-/tmp}/streambed-docker}"
folder=$(cd "${1:-${TMPDIR:-/tmp}/streambed-docker}" && pwd)

# The process that holds the engine's namespaces, if it is still the one that was written down.
running() {
	[ -s "$folder/holder" ] || return 1
	read -r pid start <"$folder/holder"
	[ "$(started "$pid")" = "$start" ]
}

# When a process started, in ticks since boot: tells it from a later one with the same id. Nothing where there is none.
started() {
	[ -r "/proc/$1/stat" ] && sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20
}

if $stop; then
	if running; then
		engine=$(cat "/proc/$pid/task/$pid/children")
		# shellcheck disable=SC2086 # At most one id; none when it has just ended.
		[ -z "$engine" ] || kill $engine
		waited=0
		while running; do
			[ "$waited" -lt 150 ] || kill -KILL "$pid"
			sleep 0.1
			waited=$((waited + 1))
		done
	fi
	rm -rf "$folder/holder" "$folder/docker.sock" "$folder/exec"
	exit 0
fi

PATH=$PATH:/usr/sbin:/sbin
command -v dockerd >/dev/null || lacking 'dockerd is not installed: sh scripts/install-docker.sh'

if ! running; then
	rm -rf "$folder/exec" "$folder/docker.sock"
	mkdir -p "$folder/data" "$folder/exec"
	# shellcheck disable=SC2016 # The inner shell expands $1.
	setsid unshare --net --mount --pid --fork --kill-child=KILL --mount-proc sh -c '
		ip link set dev lo up
		mkdir -p /run/docker
		mount -t tmpfs tmpfs /run/docker
		export GOGC=400
		exec dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/exec/docker.pid" --host "unix://$1/docker.sock" \
			--iptables=false --bip 198.18.255.1/24 --default-address-pool base=198.18.128.0/17,size=24
	' dockerd "$folder" >"$folder/log" 2>&1 </dev/null &
	pid=$!
	# setsid starts the program in its own place when it leads no group yet, so that the id stays.
	echo "$pid $(started "$pid")" >"$folder/holder"
fi

waited=0
until [ -S "$folder/docker.sock" ] && curl --silent --fail --unix-socket "$folder/docker.sock" http://engine/_ping >/dev/null; do
	if [ "$waited" -ge 300 ] || ! running; then
		tail -n 5 "$folder/log" >&2
		lacking 'dockerd did not start; its last lines are above.'
	fi
	sleep 0.1
	waited=$((waited + 1))
done
echo "DOCKER_HOST=unix://$folder/docker.sock"
