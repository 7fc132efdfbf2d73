#!/bin/sh
# Runs the tests: first those that compute, as many files at a time as there are processors, then those that drive real
# links, containers and brokers, one file at a time, so that no test disturbs what another measures.
# With arguments, hands them to ava instead: file names, --match.
set -u

if [ $# -gt 0 ]; then
	exec ava "$@"
fi

status=0
ava 'test/**/*.test.ts' '!test/run/**' '!test/testbeds/**' || status=1
ava --concurrency=1 'test/run/**/*.test.ts' 'test/testbeds/**/*.test.ts' || status=1
exit $status
