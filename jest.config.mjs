export default {
  globalSetup: '<rootDir>/test/global-setup.mjs',
  globalTeardown: '<rootDir>/test/global-teardown.mjs',
  maxWorkers: '100%',
  testTimeout: 30_000, // of those that start programs, on a loaded machine
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, sourceMaps: true }],
    '\\.(sh|sql|ini|conf|lua|yaml)$': '<rootDir>/test/imported-file.cjs',
    '/beautiful-mermaid/dist/index\\.js$': '@swc/jest', // an ES module alone
  },
  transformIgnorePatterns: ['/node_modules/(?!beautiful-mermaid/)'],
  moduleNameMapper: { '^beautiful-mermaid$': '<rootDir>/node_modules/beautiful-mermaid/dist/index.js' },
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/services/',
    '<rootDir>/test/cluster/',
    '<rootDir>/test/compose/',
    '<rootDir>/test/browser/',
  ],
  snapshotResolver: '<rootDir>/test/snapshot-resolver.cjs',
  modulePathIgnorePatterns: ['<rootDir>/.build', '<rootDir>/dist'],
};
