/** Unit tests of what can be tested without a browser: logic, and components that need no running JupyterLab. */
module.exports = {
  rootDir: __dirname,
  roots: ['<rootDir>/tests'],
  testEnvironment: 'jsdom',
  transform: {
    '^.+\\.(t|j)sx?$': [
      'ts-jest',
      { tsconfig: '<rootDir>/tests/tsconfig.json', diagnostics: false }
    ]
  },
  // JupyterLab's packages and those of Lumino, Yjs and the like are ES modules
  transformIgnorePatterns: [
    '/node_modules/(?!(@jupyter|@jupyterlab|@lumino|lib0|yjs|y-protocols|@microsoft)/)'
  ],
  moduleNameMapper: { '\\.(css|svg)$': '<rootDir>/tests/nothing.cjs' }
};
