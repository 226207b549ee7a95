/** Certificates for tests of TLS, made by openssl. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Paths of files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate that signs itself, so that it is its own authority. */
export function makeCertificate(folder: string, name: string): Certificate {
  const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', files.key, '-out', files.cert], { stdio: 'ignore' });
  return files;
}
