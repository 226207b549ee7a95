import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
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

/** Behind its checksum. */
function summed(body: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(body));
  return Buffer.concat([sum, body]);
}

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
    const body = readFileSync(cache).subarray(4);
    writeFileSync(cache, summed(body.fill(0, 4 + body.readUInt32LE(0))));
    expect(run()).toMatchObject(seen);
  });

  test('compiles as ever when a bit of the cache is wrong, which V8 would not see', () => {
    run(true);
    const bytes = readFileSync(cache);
    const start = 8 + bytes.readUInt32LE(4);
    // Behind V8's own head, all over the code.
    for (let at = start + 64; at < bytes.length; at += 16) bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(cache, bytes);
    expect(run()).toMatchObject(seen);
  });

  const indexed = (text: string, length = text.length): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(length);
    return summed(Buffer.concat([size, Buffer.from(text)]));
  };

  test.each([
    ['of no bytes', Buffer.alloc(0)],
    ['of two bytes', Buffer.from([1, 2])],
    ['of nothing but a checksum', summed(Buffer.alloc(0))],
    ['that lacks a chunk', indexed('[]')],
    ['whose index is longer than the file', indexed('[', 2 ** 32 - 1)],
    ['whose index is no JSON', indexed('[[')],
    ['whose index is no list', indexed('null')],
    ['whose index lists no files', indexed('[1]')],
  ])('compiles as ever with a cache %s', (_name, bytes) => {
    writeFileSync(cache, bytes);
    expect(run()).toMatchObject(seen);
  });

  test.each([0.2, 0.5, 0.9, 0.999])('compiles as ever with a cache cut off at %d of its length', (part) => {
    run(true);
    const bytes = readFileSync(cache);
    writeFileSync(cache, bytes.subarray(0, Math.floor(bytes.length * part)));
    expect(run()).toMatchObject(seen);
  });

  test('compiles as ever when the cache is a folder, and leaves no half-written file behind', () => {
    mkdirSync(cache);
    expect(run()).toMatchObject(seen);
    rmSync(cache, { recursive: true });
    run(true);
    expect(existsSync(`${cache}.new`)).toBe(false);
  });
});
