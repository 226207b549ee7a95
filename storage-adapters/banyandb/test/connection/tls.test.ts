import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BanyanSettings } from '../../src/settings.js';
import { hasOpenssl, makeCertificate, type Certificate } from '../certificates.js';
import { clientOf } from './client-of.js';
import { FakeServer } from './fake-server.js';
import { measure, rowsOf } from './rows.js';

describe.skipIf(!hasOpenssl)(`a server with TLS${hasOpenssl ? '' : ' (skipped: openssl makes the certificates and is not here)'}`, () => {
  let folder: string;
  let own: Certificate;
  let ours: Certificate;
  let fake: FakeServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meterlark-banyandb-'));
    own = makeCertificate(folder, 'server');
    ours = makeCertificate(folder, 'client');
    const pair = { cert_chain: await readFile(own.cert), private_key: await readFile(own.key) };
    fake = await new FakeServer({}, ServerCredentials.createSsl(await readFile(ours.cert), [pair], true)).start();
  });
  afterAll(async () => {
    fake.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const openWith = (tls: Partial<BanyanSettings['tls']>) =>
    clientOf({ targets: [fake.address], connectTimeoutMs: 1_500, tls: { on: true, caFile: '', certFile: '', keyFile: '', ...tls } });

  test('is spoken to with its authority and our certificate', async () => {
    const { client } = await openWith({ caFile: own.cert, certFile: ours.cert, keyFile: ours.key });
    await client.check();
    await client.writeMeasure(measure, rowsOf(2));
    expect(fake.streams.at(-1)).toHaveLength(2);
    await client.close();
  });

  const unreachable = { code: 'METERLARK_STORAGE_BANYANDB_UNREACHABLE', class: 'retryable' };

  test('is not trusted without its authority', async () => {
    await expect(openWith({ certFile: ours.cert, keyFile: ours.key })).rejects.toMatchObject(unreachable);
  });

  test('does not take a client without a certificate, or with another one', async () => {
    await expect(openWith({ caFile: own.cert })).rejects.toMatchObject(unreachable);
    await expect(openWith({ caFile: own.cert, certFile: own.cert, keyFile: own.key })).rejects.toMatchObject(unreachable);
  });

  test('cannot be spoken to without TLS', async () => {
    await expect(clientOf({ targets: [fake.address], connectTimeoutMs: 1_500 })).rejects.toMatchObject(unreachable);
  });

  test('a file that is not there, and one that is no certificate, are bad settings', async () => {
    const bad = (key: string) => ({ code: 'METERLARK_STORAGE_BANYANDB_BAD_SETTING', class: 'permanent', fields: { key } });
    await expect(openWith({ caFile: join(folder, 'nothing.pem') })).rejects.toMatchObject(bad('tls.caFile'));
    await expect(openWith({ caFile: own.cert, certFile: own.key, keyFile: own.cert })).rejects.toMatchObject(bad('tls'));
  });
});
