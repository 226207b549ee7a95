import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listedProviders, readInventory } from './providers.js';
import { readText, rootFolder } from './tree.js';

/** Package names of all rooms that hold a provider. */
function rooms(): string[] {
  return ['plugins', 'storage-adapters'].flatMap((folder) =>
    readdirSync(join(rootFolder, folder))
      .map((name) => `${folder}/${name}/package.json`)
      .filter((path) => existsSync(join(rootFolder, path)))
      .map((path) => (JSON.parse(readText(path)) as { name: string }).name),
  );
}

describe('inventory', () => {
  test('every room is in the inventory and every line of the inventory is a room', () => {
    expect(Object.values(readInventory()).sort()).toEqual(rooms().sort());
  });

  test('every line names the identity of the provider that it leads to', async () => {
    const listed = await listedProviders();
    expect(listed.length).toBeGreaterThan(5);
    for (const { identity, provider } of listed) expect(`${provider.module.name}/${provider.name}`).toBe(identity);
  });
});
