// AWS's own linter over every handler of this repository; `make check` runs it from the repository's root.
import appsync from '@aws-appsync/eslint-plugin';

export default [
  {
    files: ['**/*.js'],
    ...appsync.configs.recommended,
    languageOptions: {
      ...appsync.configs.recommended.languageOptions,
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
  },
];
