/** Switches between light and dark; without it the page follows the system. */
export const themeSwitch = `
(() => {
	const button = document.querySelector('#theme');
	const system = matchMedia('(prefers-color-scheme: dark)');
	const current = () => document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light');
	button.hidden = false;
	button.addEventListener('click', () => {
		document.documentElement.dataset.theme = current() === 'dark' ? 'light' : 'dark';
	});
})();`;
