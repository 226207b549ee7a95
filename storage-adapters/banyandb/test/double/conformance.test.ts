/** The same cases against the double and, when METERLARK_TEST_BANYANDB=host:port is set, a real server. */
import { status, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { PlainClient } from './client.js';
import { entityCases } from './conformance/entity-cases.js';
import { measureCases } from './conformance/measure-cases.js';
import { propertyCases } from './conformance/property-cases.js';
import { registryCases } from './conformance/registry-cases.js';
import { streamCases } from './conformance/stream-cases.js';
import { traceCases } from './conformance/trace-cases.js';
import { freshName, labOf, type Lab, type Version } from './conformance/lab.js';
import { install } from './conformance/schema.js';
import { startBanyanDouble, type BanyanDouble } from './index.js';

const real = process.env['METERLARK_TEST_BANYANDB'] ?? '';

async function versionOf(client: PlainClient): Promise<Version> {
  const asked = client.call('banyandb.schema.v1.SchemaBarrierService', 'AwaitSchemaApplied', { keys: [] });
  return asked.then(
    () => 'main',
    (error: unknown) => {
      if ((error as ServiceError).code === status.UNIMPLEMENTED) return '0.10';
      throw error;
    },
  );
}

/** A real server's caches follow its registry a moment later, and 0.10 has no way to ask when. */
const settleMs = 1_500;

function cases(target: () => Promise<string>, settle: number): void {
  let lab: Lab | undefined;
  let client: PlainClient | undefined;
  let groups: string[] = [];
  beforeAll(async () => {
    client = new PlainClient(await target());
    const version = await versionOf(client);
    const base = freshName();
    groups = await install(client, base);
    if (settle > 0) await new Promise((resolve) => setTimeout(resolve, settle));
    lab = labOf(client, version, base);
  }, 30_000);
  afterAll(async () => {
    for (const group of groups) await client?.registry('Group', 'Delete', { group, force: true });
    client?.close();
  }, 30_000);
  const use = (): Lab => {
    if (lab === undefined) throw new Error('the lab is not there yet');
    return lab;
  };
  for (const part of [registryCases, measureCases, streamCases, entityCases, traceCases, propertyCases]) part(use);
}

for (const version of ['main', '0.10'] as const) {
  describe(`the double of ${version}`, () => {
    let double: BanyanDouble | undefined;
    afterAll(() => double?.stop());
    cases(async () => (double = await startBanyanDouble({ version })).target, 0);
  });
}

if (real !== '') describe('the real server', () => cases(() => Promise.resolve(real), settleMs));
if (real === '') test.skip('the real server: skipped, METERLARK_TEST_BANYANDB does not name one (host:port)', () => undefined);
