import type {RunDocument} from '#core/records/run-document.ts';
import {bytesText} from '../format.ts';
import {type Html, type HtmlPart, html} from './html.ts';

/** Where the numbers come from, and how to get them again. */
export function provenanceSection(document: RunDocument): Html {
	const {provenance} = document;
	const realSeconds = Number((1 / document.timeScale).toPrecision(3));
	const rows: ReadonlyArray<readonly [string, HtmlPart]> = [
		['Command', html`<code>${provenance.command.map(shellWord).join(' ')}</code>`],
		['Run', document.runId],
		['Scenario', html`${document.scenario} <small>SHA-256 ${document.scenarioSha256}</small>`],
		['Seed and repeats', `${document.seed}, ${document.repeats} a variant`],
		['Testbed', `${document.testbed}${provenance.rootless ? ', as an ordinary user' : ', as root'}`],
		['Began and ended', `${document.startedAt} – ${document.endedAt ?? 'no end was written'}`],
		['Streambed', `${provenance.streambed}, commit ${provenance.commit ?? 'unknown (not in a checkout)'}`],
		['Kernel', provenance.kernel],
		['Processors', `${provenance.cpuCount} × ${provenance.cpu}, ${bytesText(provenance.memoryBytes)} of memory`],
		['Tools', pairs(provenance.tools)],
		['TCP', pairs(provenance.tcp)],
		[
			'TCP of the streams',
			[...new Set(document.outcomes.flatMap(({congestionControl}) => congestionControl))].join(', ') ||
				'– (no connection was seen)',
		],
		...machineRows(document),
	];
	return html`<h2 id="time">How to read the times</h2>
<p>Times are scenario time unless they are called real. ${
		document.timeScale === 1
			? 'Here one second of it is one real second.'
			: `This run was made at time scale ${document.timeScale}: one real second holds ${realSeconds} s of scenario time, and chunks are ${document.timeScale} times their size, so that every link is shared as at full size. Rates are real.`
	} Latency counts from the instant a chunk was planned to leave, not from when it did: a sender that falls behind does not look fast.</p>
<h2 id="provenance">Where this comes from</h2>
<dl>${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
}

/** Where sites stood on several machines: which on which, what joins them, and how well their clocks are known. */
function machineRows({outcomes}: RunDocument): ReadonlyArray<readonly [string, string]> {
	const hosts = outcomes.flatMap(outcome => outcome.hosts ?? []);
	if (hosts.length === 0) {
		return [];
	}
	const byHost = [...Map.groupBy(hosts, ({host}) => host)].map(([host, all]) => {
		const sites = [...new Set(all.map(({site}) => site))].join(', ');
		const uncertaintyMs = Math.max(...all.map(one => one.clockUncertaintyMs));
		const clock = uncertaintyMs === 0 ? 'the harness’s own clock' : `clock known to ${uncertaintyMs.toPrecision(2)} ms`;
		return `${host}: ${sites} (${clock})`;
	});
	const ways = [
		...Map.groupBy(
			outcomes.flatMap(outcome => outcome.underlay ?? []),
			({from, to}) => `${from} to ${to}`,
		),
	];
	const underlay = ways.map(([way, all]) => {
		const leastBitsPerSecond = Math.min(...all.map(({bitsPerSecond}) => bitsPerSecond));
		return `${way}: ${(leastBitsPerSecond / 1e6).toPrecision(4)} Mbit/s`;
	});
	return [
		['Machines', byHost.join(' · ')],
		['Between them, before shaping', underlay.join(' · ') || '– (no link joins two)'],
	];
}

function pairs(record: Readonly<Record<string, string>>): string {
	const entries = Object.entries(record);
	return entries.length === 0 ? '– (none were noted)' : entries.map(([name, value]) => `${name}: ${value}`).join(' · ');
}

/** Quoted where a shell would read it otherwise. */
function shellWord(word: string): string {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
