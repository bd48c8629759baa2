export default {
  maxWorkers: '100%',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, sourceMaps: 'inline' }],
  },
  snapshotResolver: '<rootDir>/test/snapshot-resolver.cjs',
  modulePathIgnorePatterns: ['<rootDir>/.build', '<rootDir>/dist'],
};
