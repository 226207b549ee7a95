import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { recordModels } from '../../src/model/record-models.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Production files of core and of the plugins that declare a model: `export const xModel: RecordModel = { name: 'x'`. */
function declaredModels(): string[] {
  const rooms = ['core', ...readdirSync(join(root, 'plugins')).map((room) => join('plugins', room))];
  const files = rooms.flatMap((room) => sourcesOf(join(root, room, 'src')));
  return files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/: RecordModel = \{\s*name: '(\w+)'/g)].map(([, name]) => name ?? ''));
}

function sourcesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts') && !name.startsWith('testing')).map((name) => join(folder, name));
}

test('every model of records that is declared is in the list of all models', () => {
  const declared = declaredModels();
  expect(declared.length).toBeGreaterThan(5);
  expect(recordModels.map(({ name }) => name).sort()).toEqual(declared.sort());
});
