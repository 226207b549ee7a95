import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTextFiles } from '../../src/kernel/text-files.js';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'meterlark-texts-'));
  mkdirSync(join(root, 'rules', 'more'), { recursive: true });
  mkdirSync(join(root, 'empty'));
  for (const [name, text] of [['b.yaml', 'b'], ['a.YML', 'a'], ['more/c.yaml', 'c'], ['note.txt', 'n']]) writeFileSync(join(root, 'rules', name!), text!);
});
afterAll(() => rmSync(root, { recursive: true }));

test('files of a folder come in the order of their names, with paths from the root', async () => {
  expect(await readTextFiles('rules', root, ['.yaml', '.yml'])).toEqual([
    { file: join('rules', 'a.YML'), text: 'a' }, { file: join('rules', 'b.yaml'), text: 'b' }, { file: join('rules', 'more', 'c.yaml'), text: 'c' },
  ]);
});

test('a file is read whatever its name, and keeps its whole path when it lies elsewhere', async () => {
  expect(await readTextFiles('rules/note.txt', root, ['.yaml'])).toEqual([{ file: join('rules', 'note.txt'), text: 'n' }]);
  expect(await readTextFiles(join(root, 'rules', 'note.txt'), join(root, 'empty'), ['.yaml'])).toEqual([{ file: join(root, 'rules', 'note.txt'), text: 'n' }]);
});

test('a folder without such files, and a path without anything, are faults', async () => {
  await expect(readTextFiles('empty', root, ['.yaml'])).rejects.toThrow('the folder has no .yaml file');
  await expect(readTextFiles('nowhere', root, ['.yaml'])).rejects.toThrow('ENOENT');
});
