// Tests in a real browser: `npm run test:browser` finds it, and runs these.
import base from './jest.config.mjs';

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
};
