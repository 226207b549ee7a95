/** Settings of the process itself, under `host/shared` (METERLARK_HOST_…). */
import type { SettingsSchema } from '../kernel/definition.js';

export interface HostSettings {
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'auto' | 'json' | 'text';
  readonly startDeadlineMs: number;
  readonly stopDeadlineMs: number;
}

export const hostIdentity = 'host/shared';

export const hostSettings: SettingsSchema<HostSettings> = {
  logLevel: { doc: 'Least level that is logged.', format: ['debug', 'info', 'warn', 'error'], default: 'info' },
  logFormat: { doc: 'Form of the log: json, text, or auto, which is text on a terminal.', format: ['auto', 'json', 'text'], default: 'auto' },
  startDeadlineMs: { doc: 'How long each provider may take to start, in ms; past it the process exits with 3.', format: 'nat', default: 60_000 },
  stopDeadlineMs: { doc: 'How long each provider may take to stop, in ms; past it the process exits with 4.', format: 'nat', default: 20_000 },
};
