import { join } from 'node:path';
import { MetricStream } from '@meterlark/core';
import { expect, test } from 'vitest';
import { evaluate } from '../demo/client.js';
import { startServer, storages } from '../server/support.js';
import { rootFolder } from './tree.js';

const introduction = `# The server's own metrics

Prometheus text at \`http://127.0.0.1:17128/metrics\`. Generated from what a running server shows (\`npm run docs\`); a test
holds this page to it. \`process_\` and \`nodejs_\` metrics come on top. Every refusal and every drop has a counter here.

| metric | type | meaning |
|---|---|---|
`;

/** Rows of the table by name, from the HELP and TYPE lines of the exposition. */
function rowsOf(text: string): Map<string, string> {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  const helps = [...text.matchAll(/^# HELP (meterlark_\S+) (.*)$/gm)];
  return new Map(helps.map(([, name = '', help = '']) => [name, `| \`${name}\` | ${types.get(name) ?? ''} | ${help.replaceAll('|', '\\|')} |`]));
}

// `npm run docs` writes the page; here a difference fails.
test('docs/self-metrics.md lists every metric that the server shows', async () => {
  const rows = new Map<string, string>();
  for (const storage of storages) {
    const server = await startServer({ storage });
    try {
      // Some are made when they have something to tell: one query and one flush.
      await evaluate(server.httpUrl, ['1'], { service: 'any' }, { step: 'MINUTE', fromMs: Date.now(), toMs: Date.now() });
      await server.host.get(MetricStream).flush();
      for (const [name, row] of rowsOf(await (await fetch(`${server.adminUrl}/metrics`)).text())) rows.set(name, row);
    } finally {
      await server.stop();
    }
  }
  expect(rows.size).toBeGreaterThan(30);
  const table = [...rows.keys()].sort().map((name) => rows.get(name)).join('\n');
  await expect(`${introduction}${table}\n`).toMatchFileSnapshot(join(rootFolder, 'docs/self-metrics.md'));
});
