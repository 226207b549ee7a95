'use strict';
// Runs core/dist/compiled: the bundle's chunks as CommonJS, with V8's code cache from the build. V8 refuses a cache of
// another version or other flags, and then compiles as ever; so the cache can only make a start faster.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join, resolve } = require('node:path');
const vm = require('node:vm');
const { crc32 } = require('node:zlib');

const cacheName = 'code.cache';
/** What was compiled, by path. */
const scripts = new Map();

/**
 * File: checksum of all that follows (u32), length of the index (u32), index [[path, offset, length]…] as JSON, data. Paths
 * are relative to the folder. A file that is not there or damaged is no cache. V8 itself checks only version and length: a
 * wrong bit would bring the process down.
 */
function readCache(folder) {
  try {
    const bytes = readFileSync(join(folder, cacheName));
    if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return new Map();
    const start = 8 + bytes.readUInt32LE(4);
    const index = JSON.parse(bytes.toString('utf8', 8, start));
    return new Map(index.map(([path, offset, length]) => [join(folder, path), bytes.subarray(start + offset, start + offset + length)]));
  } catch {
    return new Map();
  }
}

/** What is no chunk: an installed package or a file URL. */
const outsideImport = (specifier) => import(specifier);

/** After a start, for the build: what has been compiled by now, functions included. */
function writeCache(folder) {
  const parts = [...scripts].map(([path, script]) => [path, script.createCachedData()]);
  let end = 0;
  const index = parts.map(([path, data]) => [path.slice(folder.length + 1), (end += data.length) - data.length, data.length]);
  const head = Buffer.from(JSON.stringify(index));
  const sums = Buffer.alloc(8);
  sums.writeUInt32LE(head.length, 4);
  const body = Buffer.concat([sums.subarray(4), head, ...parts.map(([, data]) => data)]);
  sums.writeUInt32LE(crc32(body));
  const file = join(folder, cacheName);
  writeFileSync(`${file}.new`, Buffer.concat([sums.subarray(0, 4), body]));
  // At once, so that no start ever reads half a cache.
  renameSync(`${file}.new`, file);
}

/** Exports of a chunk. Those of others are live: a chunk may ask for one that is still being loaded. */
function openCompiled(folder, entry) {
  const cache = readCache(folder);
  const modules = new Map();
  const load = (file) => {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(file, module);
    const outside = createRequire(file);
    const require = Object.assign((name) => (name.startsWith('.') ? load(resolve(dirname(file), name)) : outside(name)), outside);
    compiled(file, cache.get(file))(module.exports, require, module, file, dirname(file), outsideImport);
    return module.exports;
  };
  return load(join(folder, entry));
}

function compiled(filename, cachedData) {
  const text = `(function (exports, require, module, __filename, __dirname, outsideImport) { 'use strict'; ${readFileSync(filename, 'utf8')}\n})`;
  const script = new vm.Script(text, { filename, cachedData });
  scripts.set(filename, script);
  return script.runInThisContext();
}

module.exports = { openCompiled, writeCache };
