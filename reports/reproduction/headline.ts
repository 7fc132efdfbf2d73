import {type Html, html, nothing} from '../html/html.ts';
import {claimCountText} from './claim-count.ts';
import {claimText} from './claim-text.ts';
import type {ClaimResult} from './judge-figure.ts';
import {judgeRealFigure, type RealFigure} from './real-links.ts';

/** The first thing on the page: what the model says of the claims, what real links say, and each claim that one of them refutes. */
export function headline({
	claims,
	driven,
}: {
	/** As they were simulated. */
	readonly claims: readonly ClaimResult[];
	readonly driven: readonly RealFigure[];
}): Html {
	const onLinks = driven.flatMap(real => judgeRealFigure(real).map(claim => ({...claim, transport: real.transport})));
	const judged = onLinks.filter(({drawCount}) => drawCount > 0);
	const refutations = [
		...claims.filter(isRefuted).map(result => refutation(result, '')),
		...judged
			.filter(({result}) => isRefuted(result))
			.map(({result, transport}) => refutation(result, ` on real links, ${transport}`)),
	];
	const standing = refutations.length > 0 ? 'invalid' : judged.length < onLinks.length ? 'suspect' : 'valid';
	const counted = driven.length === 0 ? [sentence(claimCountText(claims))] : bothCounted();
	return html`<section class="verdict ${standing}" id="verdict"><strong>${counted.join(' ')}</strong> ${
		driven.length === 0
			? 'Sites and links are a model in virtual time: what follows says what the model does, not what links do.'
			: 'What is simulated says what the model does; what links do stands beside it.'
	}${refutations.length === 0 ? nothing : html`<ul>${refutations}</ul>`}</section>`;

	function bothCounted(): readonly string[] {
		const missing = onLinks.length - judged.length;
		const said = [
			...(judged.length > 0 ? [claimCountText(judged.map(({result}) => result))] : []),
			...(missing > 0 ? [`${missing} could not be judged`] : []),
		];
		return [
			`Simulated: ${claimCountText(claims)}.`,
			...(said.length > 0 ? [`On real links: ${said.join('; ')}.`] : []),
		];
	}
}

const isRefuted = ({judged}: ClaimResult): boolean => !judged.holds;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function refutation({figure, claim, judged}: ClaimResult, where: string): Html {
	return html`<li>Fig. ${figure}${where}: ${claimText(claim)}. ${judged.counterexamples.join('. ')}</li>`;
}
