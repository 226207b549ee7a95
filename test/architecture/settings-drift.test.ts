import { join } from 'node:path';
import { settingsTable } from '@meterlark/core/host';
import { expect, test } from 'vitest';
import { allProviders } from './providers.js';
import { rootFolder } from './tree.js';

const introduction = `# Settings

Generated from the schemas that the providers declare (\`npm run docs\`); a test holds this page to them.

A setting comes from, in this order: the command line, the environment, \`config/server.yml\` (or the file that
\`METERLARK_CONFIG\` or \`--config\` names), its default. \`npx meterlark check\` reports every fault at once.

`;

// `npm run docs` writes the page; here a difference fails.
test('docs/settings.md lists every setting as it is declared', async () => {
  const table = settingsTable(await allProviders());
  await expect(introduction + table).toMatchFileSnapshot(join(rootFolder, 'docs/settings.md'));
});
