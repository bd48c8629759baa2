const { readFileSync } = require('node:fs');
const { parse } = require('yaml');

/**
 * For jest: an import of a script or a configuration file is its text, and one of YAML its value, as in the bundle. jest itself cuts off a
 * first line that begins with #!.
 */
module.exports = {
  process: (_, path) => {
    const text = readFileSync(path, 'utf8');
    const value = JSON.stringify(path.endsWith('.yaml') ? parse(text) : text);
    return { code: `module.exports = { __esModule: true, default: ${value} };` };
  },
};
