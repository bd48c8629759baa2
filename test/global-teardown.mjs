import { rmSync } from 'node:fs';

export default function teardown() {
  rmSync(process.env.BERTH_TEST_FIXTURES, { recursive: true, force: true });
}
