import tseslint from 'typescript-eslint';

export default tseslint.config(...tseslint.configs.recommendedTypeChecked, {
  languageOptions: {
    parserOptions: {
      project: 'labextension/tsconfig.json',
      tsconfigRootDir: import.meta.dirname
    }
  },
  rules: {
    // JupyterLab's own style: command ids in a namespace, interfaces that begin with I
    '@typescript-eslint/no-namespace': 'off',
    // Lumino's signals take a method and its `this` apart
    '@typescript-eslint/unbound-method': 'off'
  }
});
