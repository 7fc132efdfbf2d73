#!/bin/sh
# Runs the tests: first those that compute, as many files at a time as there are processors; then those of real runs that
# look at what happens and not at how fast, two files at a time, in two lots; then those that measure on real links, in containers and
# over brokers, one file at a time, so that no test disturbs what another measures.
# With arguments, hands them to ava instead: file names, --match.
set -u

if [ $# -gt 0 ]; then
	exec ava "$@"
fi

# What V8 has compiled is kept for the next process; where coverage is counted, all is compiled anew.
if [ -z "${NODE_V8_COVERAGE:-}" ]; then
	NODE_COMPILE_CACHE=$(pwd)/node_modules/.cache/compiled
	export NODE_COMPILE_CACHE
fi

unmeasured=''
for name in bad-days brokers interruption kafka kill provenance simulated-run sweep; do
	unmeasured="$unmeasured test/run/$name.test.ts"
done

# These bear each other, and no broker that starts beside them.
light='test/run/detection.test.ts test/run/loss.test.ts test/testbeds/foreign.test.ts'

status=0
ava 'test/**/*.test.ts' '!test/run/**' '!test/testbeds/**' || status=1
# Debian for the image that containers are tested with: a minute of unpacking, while nothing is measured. What fails is told where the image is
# built. An interruption waits for it: what debootstrap has mounted, it alone takes away.
if [ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null; then
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap wait EXIT
	sh scripts/make-image-base.sh >/dev/null 2>&1 &
fi
# shellcheck disable=SC2086 # names without spaces
ava --concurrency=2 $unmeasured || status=1
wait
# shellcheck disable=SC2086
ava --concurrency=2 $light || status=1
# shellcheck disable=SC2046
ava --concurrency=1 'test/run/**/*.test.ts' 'test/testbeds/**/*.test.ts' $(printf '!%s ' $unmeasured $light) || status=1
exit $status
