// Snapshots live in __snapshots__/ at the top, arranged like test/.
const path = require('node:path');

const root = path.dirname(__dirname);
const exchange = (file, from, to) => path.join(root, to, path.relative(path.join(root, from), file));

module.exports = {
  resolveSnapshotPath: (test, extension) => exchange(test, 'test', '__snapshots__') + extension,
  resolveTestPath: (snapshot, extension) => exchange(snapshot.slice(0, -extension.length), '__snapshots__', 'test'),
  testPathForConsistencyCheck: path.join(root, 'test', 'charts', 'example.test.ts'),
};
