import {type InkRole, inks, type Theme} from '../figures/theme.ts';

/** The page's style; its colours are those of the figures. */
export function pageStyle(): string {
	return `
:root{${variables('light')};color-scheme:light}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${variables('dark')};color-scheme:dark}}
:root[data-theme=dark]{${variables('dark')};color-scheme:dark}
${layout}`;
}

/** A colour of the figures as the page's style knows it. */
export const inkVariable = (role: InkRole): string => `var(--${role})`;

function variables(theme: Theme): string {
	return Object.entries(inks[theme])
		.map(([role, colour]) => `--${role}:${colour}`)
		.join(';');
}

const layout = `
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
main,header,footer{max-width:58rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;text-wrap:balance}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--grid)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0}
a{color:var(--series1)}
.muted,small,caption,figcaption,dt{color:var(--muted)}
.top{display:flex;justify-content:space-between;gap:1rem;align-items:flex-start}
.top button{font:inherit;font-size:.85rem;color:var(--ink);background:none;border:1px solid var(--muted);border-radius:.4rem;padding:.25rem .7rem;white-space:nowrap;cursor:pointer}
.verdict{border-left:.4rem solid var(--muted);padding:.25rem 0 .25rem .9rem;margin:1rem 0}
.verdict.valid{border-color:var(--series3)}
.verdict.suspect{border-color:var(--series5)}
.verdict.invalid,.verdict.none{border-color:var(--alarm)}
.verdict ul,.finding ul{margin:.25rem 0;padding-left:1.25rem}
.finding{font-size:1.05rem;margin-bottom:1.25rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.4rem}
th,td{padding:.35rem .9rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}
th{font-weight:600}
thead th{border-bottom:2px solid var(--muted)}
td.number,th.number{text-align:right;padding-left:.6rem}td.number{white-space:nowrap}
td.detail{min-width:14rem}td small{white-space:normal}
th small{display:block;font-weight:400;line-height:1.3}
.bad{color:var(--alarm);font-weight:600}
figure{margin:2rem 0}
figure svg{display:block;max-width:100%;height:auto}
figure .narrow{display:none}
figcaption{font-size:.92rem;max-width:46rem}
nav.files{font-size:.85rem;display:flex;flex-wrap:wrap;gap:.25rem .9rem;margin-top:.25rem}
details>summary{cursor:pointer;margin:.5rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;font-size:.92rem}
dd{margin:0;overflow-wrap:anywhere}
code{font:.9em ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
footer{padding-top:1rem;padding-bottom:2.5rem}
@media (max-width:720px){
figure .wide{display:none}figure .narrow{display:block}
h1{font-size:1.3rem}dl{grid-template-columns:1fr}dt{margin-top:.4rem}
main,header,footer{padding-left:.9rem;padding-right:.9rem}
.key th small{display:none}th,td{padding-right:.4rem}td.number,th.number{padding-left:.3rem}table{font-size:.82rem}
}
@media print{
:root,:root[data-theme]{${variables('light')};color-scheme:light}
body{font-size:10pt}table{font-size:8pt}.scroll{overflow:visible}.finding{font-size:10pt}th,td{padding:.2rem .6rem .2rem 0}
details::details-content{content-visibility:visible}.top button,nav.files{display:none}
figure .wide{display:block}figure .narrow{display:none}
figure,table tr{break-inside:avoid}h2,h3{break-after:avoid}main,header,footer{max-width:none;padding:0}
}
@page{margin:15mm}
`;
