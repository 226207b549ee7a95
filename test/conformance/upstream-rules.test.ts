/**
 * Every MAL and OAL rule file of a SkyWalking checkout compiles as it is. Run with METERLARK_TEST_SKYWALKING=<folder of the
 * checkout>; nothing of it is kept here.
 */
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileRuleFiles, type Compilation } from '@meterlark/analyzer-meter';
import { compileSourceFiles, type SourceCompilation } from '@meterlark/analyzer-source';

const checkout = process.env['METERLARK_TEST_SKYWALKING'];
const resources = checkout === undefined ? '' : join(checkout, 'oap-server/server-starter/src/main/resources');
const folders = ['otel-rules', 'meter-analyzer-config', 'telegraf-rules', 'envoy-metrics-rules', 'log-mal-rules'];

/** Rules without a mergeable state, over all folders. */
const mostEvaluated = 9;

if (checkout === undefined) {
  process.stdout.write('skipped: METERLARK_TEST_SKYWALKING does not name a checkout of apache/skywalking\n');
}

function compileFolder(folder: string): Compilation & { readonly files: number } {
  const paths = readdirSync(join(resources, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.ya?ml$/.test(path))
    .sort();
  const texts = paths.map((path) => ({
    path: `${folder}/${path}`,
    text: readFileSync(join(resources, folder, path), 'utf8'),
  }));
  return { ...compileRuleFiles(texts), files: texts.length };
}

describe.skipIf(checkout === undefined)('SkyWalking’s own rule files', () => {
  it('lie where they are expected', () => {
    expect(existsSync(join(resources, 'otel-rules'))).toBe(true);
  });

  it.each(folders)('of %s compile as they are', (folder) => {
    const { faults, plans, files } = compileFolder(folder);
    expect(faults.map(({ message }) => message)).toEqual([]);
    expect(files).toBeGreaterThan(0);
    expect(plans.length).toBeGreaterThan(0);
  });

  it('leave fewer than ten rules to evaluation per push', () => {
    const evaluated = folders.flatMap((folder) =>
      compileFolder(folder).plans.filter(({ body }) => body.kind === 'evaluated'),
    );
    expect(evaluated.length).toBeLessThanOrEqual(mostEvaluated);
  });
});

/** As docs/differences.md counts them: statements that are not commented out. */
const linesOfOal: Readonly<Record<string, number>> = {
  'browser.oal': 41, 'cilium.oal': 153, 'core.oal': 63, 'dotnet-agent.oal': 9, 'ebpf.oal': 296, 'java-agent.oal': 32, 'mesh.oal': 14,
  'tcp.oal': 12, 'virtual-gen-ai.oal': 22,
};

function compileOal(): SourceCompilation {
  const paths = readdirSync(join(resources, 'oal')).filter((path) => path.endsWith('.oal')).sort();
  return compileSourceFiles(paths.map((path) => ({ path, text: readFileSync(join(resources, 'oal', path), 'utf8') })));
}

describe.skipIf(checkout === undefined)('SkyWalking’s own OAL files', () => {
  it('compile as they are, all together, none refused', () => {
    const { faults, plans } = compileOal();
    expect(faults.map(({ message }) => message)).toEqual([]);
    expect(plans.every(({ active }) => active)).toBe(true);
    const counts: Record<string, number> = {};
    for (const { definition } of plans) counts[definition.origin] = (counts[definition.origin] ?? 0) + 1;
    expect(counts).toEqual(linesOfOal);
  });
});
