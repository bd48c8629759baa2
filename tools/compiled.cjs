// Loads a bundle with the code that V8 compiled for it before: to compile it takes longer than most runs.
const { createHash } = require('node:crypto');
const { readFileSync, statSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const { constants, Script } = require('node:vm');
const { crc32 } = require('node:zlib');
const { put } = require('./bundle.cjs');

/** The file begins with the key of what it belongs to, the CPU time of the run that wrote it in microseconds, and the checksum of the code. */
const KEY = 32;
const CHECKSUM = KEY + 8;
const HEAD = CHECKSUM + 8;

/** A run of so many times that CPU time has compiled more of the bundle, so its code is kept instead: of `--help` it is a small part. */
const LONGER = 1.5;

/** V8 compares its version, its flags and the length of a source, but neither the source nor a checksum. */
function keyOf(bundle) {
  const { size, mtimeMs, ctimeMs, ino } = statSync(bundle);
  const parts = [process.version, process.arch, bundle, size, mtimeMs, ctimeMs, ino];
  return createHash('sha256').update(parts.join('\n')).digest();
}

/** The kept code, and the time of its run. @returns undefined where there is none for this bundle */
function kept(file, key) {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(HEAD);
    if (!bytes.subarray(0, KEY).equals(key) || bytes.readUInt32LE(CHECKSUM) !== crc32(code)) return undefined;
    return { microseconds: bytes.readDoubleLE(KEY), code };
  } catch {
    return undefined; // never kept, or cut off
  }
}

/** Where nothing can be written, nothing is kept. */
function keep(file, key, microseconds, code) {
  const head = Buffer.alloc(HEAD);
  key.copy(head);
  head.writeDoubleLE(microseconds, KEY);
  head.writeUInt32LE(crc32(code), CHECKSUM);
  try {
    put(file, Buffer.concat([head, code]));
  } catch {}
}

/**
 * Runs a bundle as `require` would.
 *
 * @returns its exports
 */
function load(bundle) {
  const [file, key] = [`${bundle}.code`, keyOf(bundle)];
  const before = kept(file, key);
  const text = readFileSync(bundle, 'utf8');
  const script = new Script(`(function (exports, require, module, __filename, __dirname) { ${text}\n})`, {
    filename: bundle,
    cachedData: before?.code,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    if (before === undefined || script.cachedDataRejected || user + system > LONGER * before.microseconds)
      keep(file, key, user + system, script.createCachedData());
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle));
  return module.exports;
}

module.exports = { load };
