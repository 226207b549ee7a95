/** `meterlark check` reads the price files of the settings; `meterlark price` answers from them without a server. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Commands } from '@meterlark/core';
import { faultsOf, prepareTestHost, type PreparedHost } from '@meterlark/core/host';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from './support.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inventory = parse(readFileSync(join(root, 'config/inventory.yml'), 'utf8')) as Record<string, string>;
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function prepare(files: readonly string[], deployments: Readonly<Record<string, string>> = {}): Promise<PreparedHost> {
  const settings = { storage: 'memory', 'analysis/virtual-genai': { pricing: { files, deployments } } };
  return prepareTestHost({ rootFolder: root, inventory, settings, importModule: (name) => import(name) as Promise<unknown> });
}

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('price files', () => {
  test('as shipped pass the check', async () => {
    await expect((await prepare(['config/pricing'])).host.check()).resolves.toBeUndefined();
  });

  test('with faults fail the check, each with file, line and column', async () => {
    const broken = written('broken.yaml', 'provider: acme\nsource: s\nread: 2026-01-02\nmodels:\n  m: { input: -1 }\n  n: {}\n');
    const { host } = await prepare(['config/pricing', broken, 'config/no-such-folder']);
    const error = await host.check().catch((reason: unknown) => reason);
    expect(faultsOf(error).map((fault) => String(fault))).toEqual([
      expect.stringContaining('broken.yaml:5:15: input: a price is a plain decimal number'),
      expect.stringContaining('broken.yaml:6:3: no price'),
      expect.stringContaining('config/no-such-folder cannot be read'),
    ]);
  });

  test('answer `price` after register alone, with deployments and the files of the user', async () => {
    const own = written('own.yaml', 'provider: house\nsource: s\nread: 2026-01-02\nmodels:\n  house-model: { input: 1, output: 2 }\n');
    const { host } = await prepare(['config/pricing', own], { 'chat-prod': 'gpt-4.1-mini' });
    host.register();
    const command = host.all(Commands).flat().find(({ name }) => name === 'price');
    const price = async (model: string, options: Readonly<Record<string, string>> = {}): Promise<unknown> => {
      const answer = await command?.run({ words: [model], options: { input: '12', output: '22', ...options } });
      return (answer?.json as { readonly totalUsd: unknown } | undefined)?.totalUsd;
    };
    expect([await price('gpt-4.1-mini-2025-04-14'), await price('chat-prod', { provider: 'azure.ai.openai' })]).toEqual(['0.00004', '0.00004']);
    expect([await price('house-model'), await price('gpt-4.1-micro')]).toEqual(['0.000056', null]);
  });
});
