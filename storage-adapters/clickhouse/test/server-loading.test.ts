import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openTestStore } from './surroundings.js';

/** Answers every statement with an empty body, which is what a new server says to DDL and to a look at an empty table. */
test('the server connection does not load the embedded engine', async () => {
  const statements: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      statements.push(Buffer.concat(chunks).toString());
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const store = await openTestStore({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, compression: false });
  await store.health.check();
  await store.close();
  server.closeAllConnections();
  expect(statements[0]).toBe('CREATE DATABASE IF NOT EXISTS `meterlark`');
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  expect(sharedObjects.filter((path) => /chdb/.test(path))).toEqual([]);
});
