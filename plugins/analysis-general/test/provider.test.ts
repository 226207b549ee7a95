import { access } from 'node:fs/promises';
import { AnalyzerModule, MeterRules, SourceRules, type RuleSource, type ServiceToken } from '@meterlark/core';
import { RecordingLogger } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import provider, { type GeneralSettings } from '../src/index.js';

function defaultOf(key: keyof GeneralSettings): readonly string[] {
  return (provider.config[key] as { readonly default: readonly string[] }).default;
}

const defaults: GeneralSettings = { meterRules: defaultOf('meterRules'), sourceRules: defaultOf('sourceRules') };

/** Starts the provider with rules that remember what they were asked to load, in order. */
async function startWith(config: GeneralSettings, fail?: Error): Promise<readonly unknown[]> {
  const loaded: unknown[] = [];
  const remember = (kind: string) => async (sources: readonly RuleSource[], ...rest: readonly string[]): Promise<void> => {
    loaded.push([kind, sources, ...rest]);
    if (fail !== undefined) throw fail;
  };
  const services = new Map<symbol, unknown>([
    [MeterRules.key, { load: remember('meter') }],
    [SourceRules.key, { load: remember('source') }],
  ]);
  const get = <T>(token: ServiceToken<T>): T => services.get(token.key) as T;
  await provider.start?.({ get, all: () => [], config, logger: new RecordingLogger() });
  return loaded;
}

describe('analysis/general', () => {
  test('is an analysis that needs the analyzers', () => {
    expect([provider.module.name, provider.name, provider.requires]).toEqual(['analysis', 'general', [AnalyzerModule]]);
  });

  test('loads the rules that come with the server', async () => {
    expect(await startWith(defaults)).toEqual([
      ['meter', ['config/rules/meter/general']],
      ['source', ['config/rules/source/general'], 'GENERAL'],
    ]);
    const root = new URL('../../../', import.meta.url);
    await Promise.all([...defaults.meterRules, ...defaults.sourceRules].map((path) => access(new URL(path, root))));
  });

  test('asks for no analyzer whose rules it has not', async () => {
    expect(await startWith({ meterRules: [], sourceRules: ['mine.oal'] })).toEqual([['source', ['mine.oal'], 'GENERAL']]);
    expect(await startWith({ meterRules: ['mine.yml'], sourceRules: [] })).toEqual([['meter', ['mine.yml']]]);
    expect(await startWith({ meterRules: [], sourceRules: [] })).toEqual([]);
  });

  test('does not start when the rules have faults', async () => {
    const fault = new Error('faults');
    await expect(startWith(defaults, fault)).rejects.toBe(fault);
  });
});
