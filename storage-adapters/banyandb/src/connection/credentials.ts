import { readFileSync } from 'node:fs';
import { credentials, Metadata, type ChannelCredentials } from '@grpc/grpc-js';
import { banyanErrors } from '../errors.js';
import type { BanyanSettings } from '../settings.js';

export function credentialsOf({ tls }: BanyanSettings): ChannelCredentials {
  if (!tls.on) return credentials.createInsecure();
  const [ca, key, cert] = [readPem('caFile', tls.caFile), readPem('keyFile', tls.keyFile), readPem('certFile', tls.certFile)];
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    throw badSetting('tls', '', String(error), error);
  }
}

/** The server wants both in every call. */
export function metadataOf({ user, password }: BanyanSettings): Metadata {
  const metadata = new Metadata();
  if (user === '') return metadata;
  try {
    metadata.set('username', user);
  } catch (error) {
    throw badSetting('user', user, 'only ASCII characters can be sent', error);
  }
  try {
    metadata.set('password', password);
  } catch {
    // The cause would tell the password.
    throw badSetting('password', '***', 'only ASCII characters can be sent');
  }
  return metadata;
}

function readPem(key: string, file: string): Buffer | null {
  if (file === '') return null;
  try {
    return readFileSync(file);
  } catch (error) {
    throw badSetting(`tls.${key}`, file, error instanceof Error ? error.message : String(error), error);
  }
}

function badSetting(key: string, value: string, reason: string, cause?: unknown): Error {
  return banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_SETTING({ key, value: JSON.stringify(value), reason }, cause);
}
