import tseslint from 'typescript-eslint';

/** Only what needs types: promises, thrown values, exhaustive switches. Biome does format and the fast rules. */
export default tseslint.config(
	{ignores: ['dist/', 'node_modules/', 'runs/', 'coverage/', '**/*.js']},
	{
		files: ['**/*.ts'],
		plugins: {'@typescript-eslint': tseslint.plugin},
		languageOptions: {
			parser: tseslint.parser,
			parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname},
		},
		linterOptions: {reportUnusedDisableDirectives: 'error'},
		rules: {
			'@typescript-eslint/await-thenable': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/no-unnecessary-condition': ['error', {allowConstantLoopConditions: 'only-allowed-literals'}],
			'@typescript-eslint/only-throw-error': 'error',
			'@typescript-eslint/prefer-promise-reject-errors': 'error',
			'@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false},
			],
		},
	},
);
