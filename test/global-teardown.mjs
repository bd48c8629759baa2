import { spawnSync } from 'node:child_process';

export default function teardown() {
  spawnSync('rm', ['-rf', process.env.BERTH_TEST_FIXTURES]); // in one go: Node.js takes its time for 100,000 files
}
