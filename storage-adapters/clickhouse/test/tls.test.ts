import { execFileSync, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttpFront, type HttpFront } from './http-front.js';
import { openTestStore, testFolder, type TestFolder } from './surroundings.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A certificate that signs itself, so that it is its own authority. */
function makeCertificate(folder: string, name: string): { readonly cert: string; readonly key: string } {
  const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', files.key, '-out', files.cert], { stdio: 'ignore' });
  return files;
}

describe.skipIf(!hasOpenssl)(`a server with TLS${hasOpenssl ? '' : ' (skipped: openssl makes the certificates and is not here)'}`, () => {
  let folder: TestFolder;
  let front: HttpFront;
  let server: ReturnType<typeof makeCertificate>;
  let client: ReturnType<typeof makeCertificate>;
  beforeAll(async () => {
    folder = await testFolder();
    server = makeCertificate(folder.path, 'server');
    client = makeCertificate(folder.path, 'client');
    front = await startHttpFront({
      cert: await readFile(server.cert),
      key: await readFile(server.key),
      ca: await readFile(client.cert),
      requestCert: true,
      rejectUnauthorized: true,
    });
  });
  afterAll(async () => {
    await front.close();
    await folder.remove();
  });

  const openWith = (caFile: string, certFile: string, keyFile: string) =>
    openTestStore({ url: front.url, user: front.user, password: certFile === '' ? front.password : '', tls: { caFile, certFile, keyFile } });

  test('is used when it shows a certificate of the given authority and gets ours', async () => {
    const store = await openWith(server.cert, client.cert, client.key);
    await expect(store.health.check()).resolves.toBeUndefined();
    await store.close();
  });

  test('is refused with a certificate of another authority', async () => {
    await expect(openWith(client.cert, client.cert, client.key)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE' });
  });

  test('refuses us without a client certificate', async () => {
    await expect(openWith(server.cert, '', '')).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE' });
  });
});
