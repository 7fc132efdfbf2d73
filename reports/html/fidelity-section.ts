import type {LinkCalibration} from '#core/records/run-document.ts';
import {formatPercent, rateText, secondsText} from '../format.ts';
import {incidentText} from '../incident-text.ts';
import {type Recovery, recoveries} from '../recovery.ts';
import type {RunData} from '../run-data.ts';
import {isSimulated} from '../simulation.ts';
import {eventName, eventsOf} from '../timeline-events.ts';
import {type Html, type HtmlPart, html, nothing} from './html.ts';
import {table} from './table.ts';

/** Were the links what the scenario asks for, and did its events happen when they should? */
export function fidelitySection(data: RunData): Html {
	return html`<h2 id="links-measured">Links, as measured before the run</h2>
${calibrationTable(data)}
<h2 id="events">What was changed during the run</h2>
${eventTable(data)}${incidents(data)}
<h2 id="set-up">Set-up times</h2>
${setupTable(data)}`;
}

function calibrationTable({document}: RunData): Html {
	const rows = document.outcomes.flatMap(({variant, repeat, calibration}) =>
		calibration.map(one => ({variant, repeat, ...one, error: rateError(one)})),
	);
	if (isSimulated(document)) {
		return html`<p>– (a simulation has no links to measure: they are what the scenario says)</p>`;
	}
	const [worst] = rows.toSorted((a, b) => Math.abs(b.error) - Math.abs(a.error));
	if (!worst) {
		return html`<p>– (no link was calibrated before the run ended)</p>`;
	}
	return html`<p>Each direction was filled with real traffic before the run. The largest error of a rate is ${signedPercent(worst.error)}, on ${worst.link} from ${worst.from} in ${worst.variant}.</p>
<details><summary>All ${rows.length} directions</summary>${table({
		caption: 'Rates count whole Ethernet frames (layer 2); goodput is what is left for the application.',
		columns: [
			{heading: 'Link'},
			{heading: 'From'},
			{heading: 'Variant'},
			...['Rate asked', 'Measured', 'Error', 'Goodput', 'Delay asked', 'Measured'].map(heading => ({
				heading,
				numeric: true,
			})),
		],
		rows: rows.map(one => [
			one.link,
			one.from,
			one.repeat === 0 ? one.variant : `${one.variant}, repeat ${one.repeat}`,
			rateText(one.askedBitsPerSecond),
			rateText(one.measuredBitsPerSecond),
			signedPercent(one.error),
			rateText(one.goodputBitsPerSecond),
			`${one.askedDelayMs}\u00a0ms`,
			`${Number(one.measuredDelayMs.toPrecision(3))}\u00a0ms`,
		]),
	})}</details>`;
}

function eventTable({runs, document}: RunData): Html {
	const rows = runs.flatMap(run => {
		const found = recoveries(run);
		return run.changes.map((change): readonly HtmlPart[] => {
			const {link, rateBitsPerSecond, requestedSeconds, appliedSeconds, observedSeconds} = change;
			return [
				`${link} to ${rateText(rateBitsPerSecond)}`,
				run.repeat === 0 ? run.variant : `${run.variant}, repeat ${run.repeat}`,
				instant(requestedSeconds),
				instant(appliedSeconds),
				instant(observedSeconds),
				secondsText((observedSeconds - requestedSeconds) * document.timeScale),
				recoveryText(found.find(({event}) => event === eventName(link, requestedSeconds))),
			];
		});
	});
	if (rows.length === 0) {
		return html`<p>Nothing: no event of the timeline took place.</p>`;
	}
	return table({
		caption:
			'When the timeline wanted the change, when the kernel had taken it, and when reading back showed it (scenario time); the delay is in real time. Recovered: until chunks came in time and as fast as before it.',
		columns: [
			{heading: 'Event'},
			{heading: 'Variant'},
			...['Requested', 'Applied', 'Observed', 'Real delay'].map(heading => ({heading, numeric: true})),
			{heading: 'Recovered after'},
		],
		rows: rows.slice(0, 60),
	});
}

function recoveryText(recovery: Recovery | undefined): string {
	if (!recovery || recovery.seconds === null) {
		return `– (${recovery?.reason ?? 'unknown'})`;
	}
	return recovery.seconds === 0 ? 'nothing was seen of it' : secondsText(recovery.seconds);
}

function incidents({runs}: RunData): Html {
	const all = runs.flatMap(({variant, incidents: list}) => list.map(incident => ({...incident, variant})));
	const faults = runs.flatMap(run => {
		const found = recoveries(run);
		return eventsOf(run).flatMap(({kind, name, words}) => {
			const recovery = kind === 'fault' ? found.find(({event}) => event === name) : undefined;
			return recovery ? {variant: run.variant, words, recovery} : [];
		});
	});
	return html`${all.length === 0 ? nothing : html`<ul>${all.map(one => html`<li>${instant(one.t)}, ${one.variant}: ${incidentText(one)}</li>`)}</ul>`}
${faults.length === 0 ? nothing : html`<p>Until chunks came as before:</p><ul>${faults.map(({variant, words, recovery}) => html`<li>${variant}, after ${words}: ${recoveryText(recovery)}</li>`)}</ul>`}`;
}

function setupTable({document}: RunData): Html {
	const {outcomes} = document;
	const steps = [...new Set(outcomes.flatMap(({setupSeconds}) => Object.keys(setupSeconds)))];
	if (steps.length === 0) {
		return html`<p>– (${isSimulated(document) ? 'a simulation sets nothing up' : 'the run ended before they were written down'})</p>`;
	}
	return table({
		caption: 'Real time.',
		columns: [
			{heading: 'Step'},
			...outcomes.map(({variant, repeat}) => ({
				heading: repeat === 0 ? variant : `${variant}, repeat ${repeat}`,
				numeric: true,
			})),
		],
		rows: steps.map(step => [
			step,
			...outcomes.map(({setupSeconds}) => {
				const seconds = setupSeconds[step];
				return seconds === undefined ? '– (not taken)' : secondsText(seconds);
			}),
		]),
	});
}

const rateError = ({askedBitsPerSecond, measuredBitsPerSecond}: LinkCalibration): number =>
	measuredBitsPerSecond / askedBitsPerSecond - 1;

const instant = (seconds: number): string => `${seconds.toFixed(2)}\u00a0s`;

function signedPercent(ratio: number): string {
	return `${ratio < 0 ? '−' : '+'}${Math.abs(ratio) < 5e-5 ? `0\u00a0%` : Math.abs(ratio) < 0.001 ? `${(Math.abs(ratio) * 100).toFixed(2)}\u00a0%` : formatPercent(Math.abs(ratio))}`;
}
