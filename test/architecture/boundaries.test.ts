import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { describe, expect, test } from 'vitest';
import { rootFolder } from './tree.js';

const ruleSet = createRequire(import.meta.url)('../tooling/boundaries.cjs') as { forbidden: { name: string; comment: string }[] };
const cures = new Map(ruleSet.forbidden.map((rule) => [rule.name, rule.comment]));

interface Verdict {
  readonly cruised: number;
  readonly violations: readonly { readonly rule: string; readonly text: string }[];
}

async function judge(baseDir: string, rooms: string[]): Promise<Verdict> {
  const result = await cruise(rooms, {
    baseDir,
    ruleSet: ruleSet as never,
    validate: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default'] },
    tsConfig: { fileName: join(rootFolder, 'tsconfig.json') },
  });
  if (typeof result.output === 'string') throw new Error(result.output);
  const violations = result.output.summary.violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    text: `${rule.name}: ${from} -> ${to} — ${cures.get(rule.name) ?? ''}`,
  }));
  return { cruised: result.output.summary.totalCruised, violations };
}

/** One breach per rule, as files of a small house: path -> imports. */
const breaches: Readonly<Record<string, readonly string[]>> = {
  'core/src/kernel/a.ts': ['../model/b.js', 'inversify', 'convict'],
  'core/src/model/b.ts': ['../kernel/c.js', './missing.js'],
  'core/src/kernel/c.ts': [],
  'core/src/contract/d.ts': ['../stream/e.js'],
  'core/src/stream/e.ts': ['../query/f.js'],
  'core/src/query/f.ts': ['../server/g.js'],
  'core/src/server/g.ts': ['../testing/h.js', '../../../plugins/one/src/index.js'],
  'core/src/testing/h.ts': ['../host/i.js'],
  'core/src/host/i.ts': ['./j.js'],
  'core/src/host/j.ts': ['./i.js'],
  'core/src/language/k.ts': ['../contract/d.js'],
  'core/src/pipeline/l.ts': ['../language/k.js'],
  'core/src/wire/n.ts': ['../kernel/c.js'],
  'core/src/index.ts': ['./host/i.js'],
  'plugins/one/src/index.ts': ['../../two/src/index.js', '../../../core/src/kernel/c.js', '@clickhouse/client'],
  'plugins/two/src/index.ts': ['../../../core/src/testing/h.js', 'undeclared-package', 'test-package'],
  'test/server/m.ts': ['../../plugins/one/src/inner.js'],
  'plugins/one/src/inner.ts': ['../../../storage-adapters/three/test/double/index.js'],
  'storage-adapters/three/test/double/index.ts': [],
};

function buildBrokenHouse(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meterlark-walls-'));
  const add = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const name of ['inversify', 'convict', '@clickhouse/client', 'undeclared-package', 'test-package']) {
    add(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    add(`node_modules/${name}/index.js`, '');
  }
  add('package.json', JSON.stringify({ dependencies: { inversify: '1', convict: '1', '@clickhouse/client': '1' }, devDependencies: { 'test-package': '1' } }));
  for (const [path, imports] of Object.entries(breaches)) {
    add(path, `${imports.map((target) => `import '${target}';`).join('\n')}\nexport {};\n`);
  }
  return folder;
}

describe('the walls of the house', () => {
  test('no import crosses a wall', { timeout: 120_000 }, async () => {
    const verdict = await judge(rootFolder, ['core/src', 'core/test', 'plugins', 'storage-adapters', 'test']);
    expect(verdict.cruised).toBeGreaterThan(50);
    expect(verdict.violations.map(({ text }) => text)).toEqual([]);
  });

  test('every wall stands: a house with one breach each is refused by every rule', { timeout: 120_000 }, async () => {
    const folder = buildBrokenHouse();
    try {
      const verdict = await judge(folder, ['core/src', 'plugins', 'test']);
      const broken = new Set(verdict.violations.map(({ rule }) => rule));
      expect([...cures.keys()].filter((rule) => !broken.has(rule))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
