const { readFileSync } = require('node:fs');

/** For jest: an import of a script or a configuration file is its text, as in the bundle. jest itself cuts off a first line that begins with #!. */
module.exports = {
  process: (_, path) => ({
    code: `module.exports = { __esModule: true, default: ${JSON.stringify(readFileSync(path, 'utf8'))} };`,
  }),
};
