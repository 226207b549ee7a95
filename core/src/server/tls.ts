/** TLS material from files. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { settingVariable } from '../kernel/env-names.js';
import { reasonOf } from '../kernel/errors.js';
import { serverErrors } from './errors.js';
import { sharedIdentity } from './identity.js';
import type { TlsSettings } from './settings.js';

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Authorities of client certificates; undefined asks for none. */
  readonly clientCa: Buffer | undefined;
}

type Listener = 'grpc' | 'http';

/** undefined when the listener speaks plain text. */
export function loadTls(listener: Listener, settings: TlsSettings, rootFolder: string): TlsMaterial | undefined {
  if (settings.certFile === '' && settings.keyFile === '' && settings.clientCaFile === '') return undefined;
  const read = (key: keyof TlsSettings): Buffer => readSetting(listener, key, { settings, rootFolder });
  const material: TlsMaterial = {
    cert: read('certFile'),
    key: read('keyFile'),
    clientCa: settings.clientCaFile === '' ? undefined : read('clientCaFile'),
  };
  try {
    createSecureContext({ cert: material.cert, key: material.key, ca: material.clientCa });
  } catch (error) {
    const setting = `${sharedIdentity} ${listener}.tls`;
    const env = `${settingVariable(sharedIdentity, [listener, 'tls', 'certFile'])} and its siblings`;
    throw serverErrors.METERLARK_SERVER_TLS_INVALID({ listener, setting, env, reason: reasonOf(error) }, error);
  }
  return material;
}

interface Source {
  readonly settings: TlsSettings;
  readonly rootFolder: string;
}

function readSetting(listener: Listener, key: keyof TlsSettings, source: Source): Buffer {
  const setting = `${sharedIdentity} ${listener}.tls.${key}`;
  const env = settingVariable(sharedIdentity, [listener, 'tls', key]);
  const file = source.settings[key];
  if (file === '') throw serverErrors.METERLARK_SERVER_TLS_INCOMPLETE({ listener, missing: setting, env });
  try {
    return readFileSync(resolve(source.rootFolder, file));
  } catch (error) {
    throw serverErrors.METERLARK_SERVER_TLS_UNREADABLE({ listener, file, setting, env, reason: reasonOf(error) }, error);
  }
}
