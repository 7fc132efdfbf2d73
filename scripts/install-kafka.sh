#!/bin/sh
# Brings the jars of Apache Kafka by their Maven coordinates into .kafka/ of this checkout, or into the folder that
# STREAMBED_KAFKA_HOME or KAFKA_HOME names. Does nothing when they are there.
# Prepares an archive of their classes, too, with which a broker starts in half the time; without it, it starts as well.
# Ends with 3 when Java, Maven or the jars cannot be had.
set -eu

version=4.1.2
log4j_version=2.25.3
checkout=$(cd "$(dirname "$0")/.." && pwd)
home=${STREAMBED_KAFKA_HOME:-${KAFKA_HOME:-$checkout/.kafka}}

lacking() {
	echo "$1" >&2
	exit 3
}

java=${JAVA_HOME:+$JAVA_HOME/bin/java}
[ -n "$java" ] && [ -x "$java" ] || java=$(command -v java) ||
	lacking 'Kafka runs on Java: apt-get install --yes openjdk-17-jre-headless'

if ! ls "$home"/libs/kafka_*.jar >/dev/null 2>&1; then
	command -v mvn >/dev/null || lacking 'The jars of Kafka come by Maven: apt-get install --yes maven'
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>streambed</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$version</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>$version</version>
      <exclusions>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>connect-runtime</artifactId></exclusion>
      </exclusions>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>$log4j_version</version>
    </dependency>
  </dependencies>
</project>
POM
	if ! mvn --batch-mode --file "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
		-DoutputDirectory="$work/libs" >"$work/log" 2>&1 </dev/null; then
		cat "$work/log" >&2
		lacking "Maven could not bring Kafka $version; its output is above."
	fi
	mkdir -p "$home"
	mv "$work/libs" "$home/libs"
fi

[ -e "$home/classes.jsa" ] || [ ! -w "$home" ] || "$(dirname "$0")/archive-kafka-classes.sh" "$java" "$home" ||
	echo 'The classes of Kafka could not be archived: brokers start without.' >&2
