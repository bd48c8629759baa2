import config from './jest.config.mjs';

/** Tests on real servers: `npm run test:services`. One after the other, since each wants the machine. */
export default {
  ...config,
  maxWorkers: 1,
  testMatch: ['<rootDir>/test/services/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
};
