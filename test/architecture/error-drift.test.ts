import { join } from 'node:path';
import type { ErrorDefinition } from '@meterlark/core';
import { errorTable } from '@meterlark/core/host';
import { describe, expect, test } from 'vitest';
import { filesBelow, readText, rootFolder } from './tree.js';

interface Table {
  readonly file: string;
  readonly definitions: Readonly<Record<string, ErrorDefinition>>;
}

const sources = filesBelow(['core/src', 'plugins', 'storage-adapters'], ['.ts']).filter((path) => !path.includes('/test/'));

async function tables(): Promise<Table[]> {
  const files = sources.filter((path) => /= defineErrors\(/.test(readText(path)));
  const found = files.map(async (file) => {
    const exported = (await import(/* @vite-ignore */ join(rootFolder, file))) as Record<string, unknown>;
    return Object.values(exported).flatMap((value) => {
      const { definitions } = (value ?? {}) as Partial<Table>;
      return definitions === undefined ? [] : [{ file, definitions }];
    });
  });
  return (await Promise.all(found)).flat();
}

const introduction = `# Errors

Generated from the tables in which the packages declare their errors (\`npm run docs\`); a test holds this page to them.

Codes are stable: recognise an error by its code, never by its text. \`permanent\` never succeeds on a retry, \`retryable\` may.
On the wire a permanent error is gRPC \`INVALID_ARGUMENT\` or HTTP 400 unless the protocol has a closer status (401
\`UNAUTHENTICATED\` for a wrong token, 404, 405, 413 for a body too large, 415 for an unknown type or encoding), a retryable one
\`RESOURCE_EXHAUSTED\` with RetryInfo or 429 with Retry-After, or 503 \`UNAVAILABLE\` while the server starts or drains.

`;

describe('errors', () => {
  test('every code is declared once', async () => {
    const codes = (await tables()).flatMap(({ definitions }) => Object.keys(definitions));
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  test('every code is a name of ours with a sentence and a cure', async () => {
    for (const { definitions } of await tables()) {
      for (const [code, { message, cure }] of Object.entries(definitions)) {
        expect(code).toMatch(/^METERLARK_[A-Z0-9]+(_[A-Z0-9]+)+$/);
        expect(message.length, code).toBeGreaterThan(5);
        expect(cure.length, code).toBeGreaterThan(5);
      }
    }
  });

  test('no code is stale: each is used outside its table', async () => {
    const declared = await tables();
    const files = new Set(declared.map(({ file }) => file));
    const text = sources.filter((path) => !files.has(path)).map((path) => readText(path)).join('\n');
    // A use builds the error, `table.CODE(…)`, or names the code in a table of its own, `'CODE'`.
    const uses = (source: string, code: string): boolean => new RegExp(`(\\.|['"])${code}\\b`).test(source);
    const stale = declared.flatMap(({ file, definitions }) =>
      Object.keys(definitions).filter((code) => !uses(text, code) && !uses(readText(file), code)),
    );
    expect(stale).toEqual([]);
  });

  // `npm run docs` writes the page; here a difference fails.
  test('docs/errors.md lists every code as it is declared', async () => {
    const table = errorTable((await tables()).map(({ definitions }) => definitions));
    await expect(introduction + table).toMatchFileSnapshot(join(rootFolder, 'docs/errors.md'));
  });
});
