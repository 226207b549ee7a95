/** Settings of the process itself, under `host/shared` (METERLARK_HOST_…). */
import type { SettingsSchema } from '../kernel/definition.js';

export interface HostSettings {
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'auto' | 'json' | 'text';
  readonly stopDeadlineMs: number;
}

export const hostIdentity = 'host/shared';

export const hostSettings: SettingsSchema<HostSettings> = {
  logLevel: { doc: 'Least level that is logged.', format: ['debug', 'info', 'warn', 'error'], default: 'info' },
  logFormat: { doc: 'Form of the log: json, text, or auto, which is text on a terminal.', format: ['auto', 'json', 'text'], default: 'auto' },
  stopDeadlineMs: { doc: 'How long each provider may take to stop, in ms; past it the process exits with 4.', format: 'nat', default: 20_000 },
};
