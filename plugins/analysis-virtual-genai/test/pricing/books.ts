import { noUsage, type MeterlarkError, type TokenUsage } from '@meterlark/core';
import { FilePriceBook } from '../../src/pricing/file-price-book.js';
import type { PriceRequest } from '../../src/pricing/price-book.js';
import { readPriceFile } from '../../src/pricing/read-price-file.js';

export const top = 'provider: acme\nsource: https://acme.test/prices\nread: 2026-01-02\n';

/** A book of texts of files; later lists of files go before earlier ones. */
export function bookOf(layers: readonly (readonly string[])[], deployments: Record<string, string> = {}): FilePriceBook {
  const read = layers.map((texts) => texts.map((text, index) => readPriceFile(`f${index}.yaml`, text)));
  const faults = read.flat().flatMap((file) => file.faults);
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'));
  return new FilePriceBook(read.map((files) => files.flatMap((file) => file.files)), { deployments, maxRemembered: 1000 });
}

export function acme(models: string, head = ''): FilePriceBook {
  return bookOf([[`${top}${head}models:\n${models}`]]);
}

export function tokens(some: Partial<TokenUsage>): TokenUsage {
  return { ...noUsage, ...some };
}

export function request(some: Partial<PriceRequest> & { readonly tokens?: Partial<TokenUsage> } = {}): PriceRequest {
  const { tokens: used, ...rest } = some;
  return {
    provider: 'acme', model: 'm', requestModel: '', serverAddress: '', serviceTier: '', operation: 'chat', status: 'ok',
    timeMs: Date.parse('2026-06-01T00:00:00Z'), reportedUsd: undefined, usage: tokens(used ?? { input: 1000, output: 100 }), ...rest,
  };
}

export function faultTexts(text: string): string[] {
  return readPriceFile('acme.yaml', text).faults.map(({ message }: MeterlarkError) => message);
}
