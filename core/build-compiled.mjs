// Makes core/dist/compiled: the chunks of the bundle as CommonJS, with V8's code cache and with what a start reads.
// Compiling is a third of what a start costs, and Node 20 keeps no cache for ES modules. Without this folder the launcher
// runs the bundle itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { transform } from 'esbuild';

const startsWithinMs = 60_000;

/** `banner`: what the bundler wrote before every chunk for the sake of CommonJS packages. */
export async function makeCompiled(dist, banner) {
  const folder = join(dist, 'compiled');
  for (const name of chunksOf(dist, 'main.js')) {
    const target = join(folder, name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, await commonJs(readFileSync(join(dist, name), 'utf8'), banner));
  }
  // The second start finds what the first has read, as every later start does, so the cache holds the functions for that.
  for (const kind of ['readings', 'code']) {
    if (!(await record(kind, folder))) console.warn(`no cache of ${kind}: the server did not start once for it; starts take longer without`);
  }
}

/** Chunks that the entry reaches, as paths relative to the folder. */
function chunksOf(folder, entry) {
  const found = new Set([entry]);
  for (const name of found) {
    const text = readFileSync(join(folder, name), 'utf8');
    for (const [, target] of text.matchAll(/(?:from|import)\s*\(?"(\.\.?\/[^"]+\.js)"/g)) found.add(join(dirname(name), target));
  }
  return [...found];
}

/** Chunks require each other; the loader hands in the import of anything else, which a script cannot do by itself. */
async function commonJs(code, banner) {
  const options = { format: 'cjs', platform: 'node', target: 'node20', minifyWhitespace: true, legalComments: 'none' };
  const { code: converted } = await transform(code.replace(banner, ''), options);
  return converted.replace(/\bimport\(("\.\.?\/[^"]+")\)/g, 'Promise.resolve().then(()=>require($1))').replace(/\bimport\(/g, 'outsideImport(');
}

/** A variable for a provider that the inventory does not list is a fault, so the extra ports are those of the providers it lists. */
function freePorts(inventory) {
  const extra = [...inventory.matchAll(/^(receiver|endpoint)\/(zipkin|promql|logql|traceql):/gm)].map(([, module, name]) => `${module}_${name}`);
  return Object.fromEntries(['server_grpc', 'server_http', 'server_admin', ...extra].map((name) => [`METERLARK_${name.toUpperCase()}_PORT`, '0']));
}

/** One start in memory, on free ports, so that what it reads, or the functions that it runs, are kept. */
async function record(kind, folder) {
  const core = dirname(dirname(folder));
  const ports = freePorts(readFileSync(join(core, '..', 'config', 'inventory.yml'), 'utf8'));
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(METERLARK|SW)_/.test(name)));
  const env = { ...own, ...ports, METERLARK_STORAGE: 'memory', RECORD: kind, RECORD_FOLDER: folder };
  const args = ['--require', join(core, 'build-recorder.cjs'), join(core, 'bin', 'meterlark.cjs'), 'start'];
  const server = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const timer = setTimeout(() => server.kill('SIGKILL'), startsWithinMs);
  const exited = once(server, 'exit');
  createInterface(server.stdout).once('line', () => server.kill('SIGTERM'));
  const [code] = await exited;
  clearTimeout(timer);
  return code === 0;
}
