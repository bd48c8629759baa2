/** For jest: an import of a script or a configuration file is its text, as in the bundle. */
module.exports = {
  process: (text) => ({ code: `module.exports = { __esModule: true, default: ${JSON.stringify(text)} };` }),
};
