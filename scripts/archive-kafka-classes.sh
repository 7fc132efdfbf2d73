#!/bin/sh
# Lets Java write down the classes of a Kafka broker as it has prepared them: archive-kafka-classes.sh JAVA KAFKA_HOME.
# A broker is started for that on the loopback device, and ended once it has been ready.
set -eu

java=$1
home=$2
port=${3:-19092}
work=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill "$broker" 2>/dev/null || true; rm -rf "$work"' EXIT

cat >"$work/server.properties" <<SETTINGS
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
log.dirs=$work/data
SETTINGS
cat >"$work/log4j2.properties" <<SETTINGS
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %m (%c)%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
SETTINGS

# The flags that an archive depends on are those of the brokers: the collector, and the class path as it is written.
kafka() {
	exec "$java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$@"
}
logs=-Dlog4j2.configurationFile=$work/log4j2.properties
(kafka "$logs" -cp "$home/libs/*" kafka.tools.StorageTool format --cluster-id MkU3OEVBNTcwNTJENDM2Qk \
	--config "$work/server.properties") >"$work/log" 2>&1
kafka "-XX:ArchiveClassesAtExit=$work/classes.jsa" "$logs" -cp "$home/libs/*" kafka.Kafka "$work/server.properties" \
	>"$work/log" 2>&1 &
broker=$!

waited=0
until grep -q 'Kafka Server started' "$work/log"; do
	if [ "$waited" -ge 600 ] || ! kill -0 "$broker" 2>/dev/null; then
		tail -n 3 "$work/log" >&2
		exit 1
	fi
	sleep 0.1
	waited=$((waited + 1))
done
kill "$broker"
wait "$broker" || true
broker=
mv "$work/classes.jsa" "$home/classes.jsa"
