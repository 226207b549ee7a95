/** The file of readings beside the compiled bundle: written by the build's start, offered to the others. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

const loader = fileURLToPath(new URL('../../bin/compiled.cjs', import.meta.url));
const recorder = fileURLToPath(new URL('../../build-recorder.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'meterlark-readings-'));
const file = join(folder, 'readings.json');
afterAll(() => rmSync(folder, { recursive: true }));

/** A bundle that reads two texts, and keeps what it has read when it may. */
const main = `
const readings = globalThis[Symbol.for('meterlark.readings')];
readings.keep?.('YAML', 'a: ü', '"read"');
readings.keep?.('OAL statement', '__proto__', '"read too"');
exports.seen = [readings.find('YAML', 'a: ü'), readings.find('OAL statement', '__proto__'), readings.find('OAL statement', 'a: ü'), readings.find('', 'b')];
`;

beforeEach(() => {
  rmSync(file, { recursive: true, force: true });
  writeFileSync(join(folder, 'main.js'), main);
});

function run(record = false): unknown {
  const script = `console.log(JSON.stringify(require(${JSON.stringify(loader)}).openCompiled(${JSON.stringify(folder)}, 'main.js').seen));`;
  const env = { ...process.env, RECORD: 'readings', RECORD_FOLDER: folder };
  return JSON.parse(execFileSync(process.execPath, [...(record ? ['--require', recorder] : []), '-e', script], { encoding: 'utf8', env }));
}

function summed(text: string): string {
  return crc32(Buffer.from(text)).toString(16).padStart(8, '0') + text;
}

describe('readings of the build', () => {
  const none = [null, null, null, null];

  test('are offered by kind and text, and only after the start that kept them', () => {
    expect(run()).toEqual(none);
    expect(run(true)).toEqual(none);
    expect(run()).toEqual(['"read"', '"read too"', null, null]);
    expect(run(true)).toEqual(none);
  });

  test('are none when a bit of the file is wrong, though it is JSON still', () => {
    run(true);
    writeFileSync(file, readFileSync(file, 'utf8').replace('read too', 'road too'));
    expect(run()).toEqual(none);
  });

  test.each([
    ['empty', ''],
    ['cut off in its checksum', 'abc'],
    ['nothing but a checksum', summed('')],
    ['no JSON', summed('[[')],
    ['no list', summed('null')],
    ['a list of something else', summed('[1]')],
    ['not summed', '[["YAML",[["a: ü","1"]]]]'],
  ])('are none when the file is %s', (_name, text) => {
    writeFileSync(file, text);
    expect(run()).toEqual(none);
  });

  test('are none when the file is a folder', () => {
    mkdirSync(file);
    expect(run()).toEqual(none);
  });
});
