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

const readingsName = 'readings.json';
const readingsKey = Symbol.for('meterlark.readings');

/**
 * What the build's start read rule and price files to (core/src/kernel/readings.ts). File: checksum of the rest (8 hexadecimal
 * digits), [[kind, [[text, JSON]…]]…] as JSON. It is read when the first text is asked for; not there or damaged, none is known.
 */
function offerReadings(folder) {
  let known;
  globalThis[readingsKey] ??= { find: (kind, text) => (known ??= readReadings(folder)).get(kind)?.get(text) };
}

function readReadings(folder) {
  try {
    const bytes = readFileSync(join(folder, readingsName));
    if (Number.parseInt(bytes.toString('latin1', 0, 8), 16) !== crc32(bytes.subarray(8))) return new Map();
    return new Map(JSON.parse(bytes.toString('utf8', 8)).map(([kind, texts]) => [kind, new Map(texts)]));
  } catch {
    return new Map();
  }
}

/** Before a start, for the build: nothing is known, everything that is read is kept. Returns what writes the file. */
function recordReadings(folder) {
  const kept = new Map();
  const keep = (kind, text, json) => kept.set(kind, (kept.get(kind) ?? new Map()).set(text, json));
  globalThis[readingsKey] = { find: () => undefined, keep };
  return () => {
    const body = Buffer.from(JSON.stringify([...kept].map(([kind, texts]) => [kind, [...texts]])));
    replaceFile(join(folder, readingsName), Buffer.concat([Buffer.from(crc32(body).toString(16).padStart(8, '0')), body]));
  };
}

/** At once, so that no start ever reads half a file. */
function replaceFile(file, bytes) {
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
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
  replaceFile(join(folder, cacheName), Buffer.concat([sums.subarray(0, 4), body]));
}

/** Exports of a chunk. Those of others are live: a chunk may ask for one that is still being loaded. */
function openCompiled(folder, entry) {
  offerReadings(folder);
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

module.exports = { openCompiled, recordReadings, writeCache };
