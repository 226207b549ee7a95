#!/usr/bin/env node
'use strict';
// Hears signals and sets what must stand before anything starts, then hands over to the bundle. CommonJS on purpose: an
// ES module is read through libuv's thread pool, so the pool would have its default size before the first line ran.

// First of all: a signal while the bundle is being loaded must drain and exit 0 like any later one. What comes before
// this line, while Node itself starts, ends the process as the system does it; no program can hear it.
const stopping = new AbortController();
const onSignal = (signal) => {
  if (stopping.signal.aborted) process.stderr.write(`${signal}: already stopping, waiting for what is in flight\n`);
  stopping.abort(signal);
};
process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);

const { existsSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');

const leastThreads = 16; // chDB waits on pool threads; with fewer, file reads queue behind queries.
const rootFolder = resolve(__dirname, '../..');
const bundle = join(rootFolder, 'core', 'dist', 'main.js');
const compiled = join(rootFolder, 'core', 'dist', 'compiled');

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 2;
}

function start() {
  if (!(Number(process.env.UV_THREADPOOL_SIZE) >= leastThreads)) process.env.UV_THREADPOOL_SIZE = String(leastThreads);
  process.env.TZ = 'UTC';
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) return fail(`Meterlark needs Node 20.19 or later, this is ${process.version}.`);
  if (!existsSync(bundle)) return fail('Meterlark is not built yet. Run: npm run build');
  if (existsSync(compiled)) return require('./compiled.cjs').openCompiled(compiled, 'main.js').main(rootFolder, stopping);
  return import(pathToFileURL(bundle).href).then(({ main }) => main(rootFolder, stopping));
}

void start();
