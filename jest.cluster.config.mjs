// Tests on a real cluster: `npm run test:cluster` finds or starts one, and runs these with it.
import base from './jest.config.mjs';

export default {
  ...base,
  maxWorkers: 1,
  reporters: ['<rootDir>/test/cluster/reporter.mjs'],
  testMatch: ['<rootDir>/test/cluster/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
};
