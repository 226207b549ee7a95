import { builtInProviders } from '@meterlark/core/host';
import type { ProviderDefinition } from '@meterlark/core';
import { parse } from 'yaml';
import { readText } from './tree.js';

export interface Listed {
  /** Key of the inventory, or of the host's own list. */
  readonly identity: string;
  readonly target: string;
  readonly provider: ProviderDefinition;
}

export function readInventory(): Readonly<Record<string, string>> {
  return parse(readText('config/inventory.yml')) as Record<string, string>;
}

async function load(importing: Promise<unknown>): Promise<ProviderDefinition> {
  return ((await importing) as { default: ProviderDefinition }).default;
}

export async function listedProviders(): Promise<Listed[]> {
  const listed = Object.entries(readInventory()).map(async ([identity, target]) => ({
    identity,
    target,
    provider: await load(import(/* @vite-ignore */ target)),
  }));
  return Promise.all(listed);
}

export async function allProviders(): Promise<ProviderDefinition[]> {
  const builtIn = [...builtInProviders.values()].map((importing) => load(importing()));
  return [...(await Promise.all(builtIn)), ...(await listedProviders()).map(({ provider }) => provider)];
}
