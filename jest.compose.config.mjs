// Tests on a real container engine: `npm run test:compose` finds or starts one, and runs these with it.
import base from './jest.config.mjs';

export default {
  ...base,
  maxWorkers: 1,
  reporters: [['default', { summaryThreshold: 1000 }]],
  testMatch: ['<rootDir>/test/compose/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
};
