import {lineRule, type Rule} from './finding.ts';

/** What is left to do stands in the tracker, not in the code. */
export const noLeftovers: Rule = lineRule(/\b(?:TODO|FIXME|XXX|HACK)\b/, found => `${found}: do it, or file it`);

/** Which registry packages come from is a matter of the machine. */
export const noRegistryHosts: Rule = lineRule(
	/\b(?:registry\.[a-z0-9-]+\.[a-z]+|[a-z0-9.-]*(?:artifactory|verdaccio|nexus|jfrog|npmmirror)[a-z0-9-]*\.[a-z.]+|localhost:4873)\b/i,
	found => `${found} is a registry: leave it to the machine`,
);

/** A path below somebody's home leads nowhere on another machine. */
export const noPrivatePaths: Rule = lineRule(
	/(?<![\w.$}])\/(?:home|Users|root|work|workspace)\/[\w.-]+/,
	found => `${found} is a path of one machine`,
);

/** Emulated networks use the block that is set aside for benchmarks; everything else is this machine itself. */
export const benchmarkAddresses: Rule = lineRule(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/, found =>
	/^(?:198\.1[89]|127\.\d+|0\.0)\./.test(found) ? undefined : `${found} is not in 198.18.0.0/15`,
);
