import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

const loader = fileURLToPath(new URL('../../bin/compiled.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'meterlark-compiled-'));
const cache = join(folder, 'code.cache');
afterAll(() => rmSync(folder, { recursive: true }));

/** Two chunks that require each other, a package of Node's and one that is imported. */
const main = `
const { twice } = require('./chunks/twice.js');
exports.one = 1;
exports.main = async () => ({ two: twice(), os: typeof (await outsideImport('node:os')).cpus, strict: this === undefined, file: __filename });
`;
const chunk = `const main = require('../main.js'); exports.twice = () => main.one + require('node:util').inspect(1).length;`;

beforeEach(() => {
  rmSync(cache, { force: true });
  mkdirSync(join(folder, 'chunks'), { recursive: true });
  writeFileSync(join(folder, 'main.js'), main);
  writeFileSync(join(folder, 'chunks', 'twice.js'), chunk);
});

function run(write = false): unknown {
  const then = write ? `, writeCache(${JSON.stringify(folder)})` : '';
  const script = `const { openCompiled, writeCache } = require(${JSON.stringify(loader)});
    openCompiled(${JSON.stringify(folder)}, 'main.js').main().then((seen) => (console.log(JSON.stringify(seen))${then}));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}

describe('the compiled bundle', () => {
  const seen = { two: 2, os: 'function', strict: true, file: join(folder, 'main.js') };

  test('runs its chunks, lets them import what is no chunk, and runs the same from its cache', () => {
    expect(run(true)).toMatchObject(seen);
    expect(existsSync(cache)).toBe(true);
    expect(run()).toMatchObject(seen);
  });

  test('compiles as ever when V8 refuses the cache', () => {
    run(true);
    const bytes = readFileSync(cache);
    const start = 4 + bytes.readUInt32LE(0);
    writeFileSync(cache, Buffer.concat([bytes.subarray(0, start), Buffer.alloc(bytes.length - start)]));
    expect(run()).toMatchObject(seen);
  });

  test('compiles as ever when the cache lacks a chunk', () => {
    const index = Buffer.from('[]');
    const size = Buffer.alloc(4);
    size.writeUInt32LE(index.length);
    writeFileSync(cache, Buffer.concat([size, index]));
    expect(run()).toMatchObject(seen);
  });
});
