import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadBook } from '../../src/pricing/load-book.js';
import { request, top } from './books.js';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

function root(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'meterlark-prices-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function load(files: Readonly<Record<string, string>>, paths = ['prices']): Promise<{ faults: string[]; total: number | undefined }> {
  const { book, faults } = await loadBook({ files: paths, deployments: {} }, root(files));
  return { faults: faults.map(({ message }) => message), total: book.price(request({ tokens: { input: 1, output: 0 } })).total };
}

const good = `${top}models:\n  m: { input: 1, output: 1 }\n`;

describe('price files', () => {
  test('are all YAML files below a folder, or single files; later paths go first', async () => {
    expect(await load({ 'prices/a/acme.yaml': good, 'prices/notes.txt': 'x' })).toEqual({ faults: [], total: 1_000_000 });
    const own = good.replace('input: 1', 'input: 7');
    expect(await load({ 'prices/acme.yml': good, 'own.yaml': own }, ['prices', 'own.yaml'])).toEqual({ faults: [], total: 7_000_000 });
    expect(await load({ 'prices/acme.yml': good, 'own.yaml': own }, ['own.yaml', 'prices'])).toEqual({ faults: [], total: 1_000_000 });
  });

  test('none is a book without prices', async () => {
    expect(await load({}, [])).toEqual({ faults: [], total: undefined });
  });

  test('with faults are told all together, each by its name', async () => {
    const { faults } = await load({ 'prices/a.yaml': `${top}hosted: 5\n`, 'prices/b.yaml': `${top}models:\n  m: {}\n`, 'prices/c.yaml': good }, ['prices', 'gone']);
    expect(faults).toEqual([
      'prices/a.yaml:4:9: hosted must be true or false',
      expect.stringContaining('prices/b.yaml:5:3: no price'),
      expect.stringContaining('the price file or folder gone cannot be read: ENOENT'),
    ]);
  });

  test('of one provider do not name a model twice, and use only providers that are there', async () => {
    const { faults } = await load({ 'prices/a.yaml': good, 'prices/b.yaml': good.replace('models', 'uses: [nobody]\nmodels') });
    expect(faults).toEqual(['prices/b.yaml:6:1: the name m of acme stands in prices/a.yaml already', 'prices/b.yaml:1:1: uses names nobody, and no file beside this one is of that provider']);
  });

  test('are bounded: a folder without any, a huge file, too many models', async () => {
    expect((await load({ 'prices/readme.md': '' })).faults[0]).toContain('the folder has no .yaml file');
    expect((await load({ 'prices/a.yaml': 'x'.repeat(5_000_000) })).faults[0]).toContain('more than 4194304');
    const many = (provider: number): string => `provider: p${provider}\nsource: s\nread: 2026-01-01\nmodels:\n${Array.from({ length: 2000 }, (_, index) => `  m${provider}-${index}: { input: 1 }\n`).join('')}`;
    const files = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`prices/p${index}.yaml`, many(index)]));
    expect((await load(files)).faults).toEqual(['the price files hold 22000 models, more than 20000']);
  });
});
