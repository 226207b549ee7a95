import { settingsSchema, type BanyanSettings } from '../src/settings.js';

/** The defaults of the settings' schema. */
export function defaultSettings(schema: object = settingsSchema): BanyanSettings {
  const entries = Object.entries(schema as Record<string, Record<string, unknown>>);
  const values = entries.map(([key, node]) => [key, 'doc' in node ? node['default'] : defaultSettings(node)]);
  return Object.fromEntries(values) as BanyanSettings;
}
