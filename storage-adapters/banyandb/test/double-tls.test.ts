/** The double behind TLS, asked and filled by the adapter's own client and store. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntityRecord } from '@meterlark/core';
import { startBanyanDouble, type BanyanDouble } from '@meterlark/storage-banyandb/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate, type Certificate } from './certificates.js';
import { clientOf } from './connection/client-of.js';
import { openTestStore } from './surroundings.js';

describe.skipIf(!hasOpenssl)(`the double with TLS${hasOpenssl ? '' : ' (skipped: openssl makes the certificates and is not here)'}`, () => {
  let folder: string;
  let own: Certificate;
  let other: Certificate;
  let double: BanyanDouble;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meterlark-banyandb-'));
    own = makeCertificate(folder, 'server');
    other = makeCertificate(folder, 'other');
    double = await startBanyanDouble({ tls: { key: readFileSync(own.key, 'utf8'), cert: readFileSync(own.cert, 'utf8') } });
  });
  afterAll(async () => {
    await double.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const settingsOf = (caFile: string) => ({ targets: [double.target], connectTimeoutMs: 1_500, tls: { on: true, caFile, certFile: '', keyFile: '' } });
  const unreachable = { code: 'METERLARK_STORAGE_BANYANDB_UNREACHABLE', class: 'retryable' };

  test('installs its schemas and keeps entities for a store that trusts it', async () => {
    const store = await openTestStore(settingsOf(own.cert));
    const now = Date.now();
    const seen = { firstSeenMs: now - 1000, lastSeenMs: now };
    const shop: EntityRecord = { tenant: 't', id: 'id', scope: 'Service', name: 'shop', serviceId: 'id', instanceId: '', layers: ['GENERAL'], ...seen, properties: {} };
    await store.metadataWriter.upsertEntities([shop]);
    expect(await store.metadataReader.entities({ tenant: 't', scope: 'Service', limit: 10 })).toEqual([shop]);
    expect(double.rows.measure).toBeGreaterThan(0);
    await store.close();
  });

  test('is out of reach for who trusts another authority, and for who speaks without TLS', async () => {
    await expect(clientOf(settingsOf(other.cert))).rejects.toMatchObject(unreachable);
    await expect(clientOf({ targets: [double.target], connectTimeoutMs: 1_500 })).rejects.toMatchObject(unreachable);
  });
});
