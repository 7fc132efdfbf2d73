#!/bin/sh
# Installs the packages of debian-packages.txt, or of another list, that are missing, as root or through sudo.
# Does nothing, and asks the network nothing, when all of them are there.
# Ends with 3 when a package is missing and cannot be installed.
set -eu

list=${1:-$(dirname "$0")/debian-packages.txt}

installed() {
	[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

lacking() {
	echo "missing packages:$missing" >&2
	echo "$1" >&2
	exit 3
}

if ! command -v dpkg-query >/dev/null; then
	missing=$(sed 's/#.*//' "$list" | tr -s '[:space:]' ' ')
	lacking "This is no Debian system: install these by its own package manager."
fi

missing=
for package in $(sed 's/#.*//' "$list"); do
	installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	as_root=sudo
else
	lacking "Install them as root: apt-get install --yes --no-install-recommends$missing"
fi

# A list a day old may name files that mirrors no longer hold, a fresh machine has none: both want an update first.
log=$(mktemp)
made_policy=
tidy_up() {
	rm -f "$log"
	[ -z "$made_policy" ] || $as_root rm -f "$policy"
}
trap tidy_up EXIT

# Debian starts brokers for the whole machine when it installs them, and at every boot. Ours stand at sites, for a run.
services='rabbitmq-server nats-server epmd'
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	made_policy=yes
	printf '#!/bin/sh\ncase " %s " in *" ${1%%%%.*} "*) exit 101 ;; esac\n' "$services" | $as_root tee "$policy" >/dev/null
	$as_root chmod 755 "$policy"
fi

# shellcheck disable=SC2086 # Word splitting is meant: no $as_root is no word, and $missing is a list.
if ! {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get update --quiet &&
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends $missing
} >"$log" 2>&1 </dev/null; then
	cat "$log" >&2
	lacking "apt-get could not install them; its output is above."
fi

if [ -d /run/systemd/system ]; then
	case " $missing " in
	*' rabbitmq-server '*) $as_root systemctl disable --quiet rabbitmq-server.service epmd.service epmd.socket ;;
	esac
	case " $missing " in
	*' nats-server '*) $as_root systemctl disable --quiet nats-server.service ;;
	esac
fi
