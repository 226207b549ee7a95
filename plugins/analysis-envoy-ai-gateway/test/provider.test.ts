import { access } from 'node:fs/promises';
import { AnalyzerModule, MeterRules, type MeterRules as Rules, type RuleSource, type ServiceToken } from '@meterlark/core';
import { RecordingLogger } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import provider, { type EnvoyAiGatewaySettings } from '../src/index.js';

const defaults = (provider.config.rules as { readonly default: readonly string[] }).default;

/** Starts the provider with rules that remember what they were asked to load. */
async function startWith(rules: readonly string[], fail?: Error): Promise<readonly (readonly RuleSource[])[]> {
  const loaded: (readonly RuleSource[])[] = [];
  const service: Rules = {
    load: (paths) => {
      loaded.push(paths);
      return fail === undefined ? Promise.resolve() : Promise.reject(fail);
    },
  };
  const get = <T>(token: ServiceToken<T>): T => {
    if (token.key !== MeterRules.key) throw new TypeError(`${token.name} is not required`);
    return service as T;
  };
  const config: EnvoyAiGatewaySettings = { rules };
  await provider.start?.({ get, all: () => [], config, logger: new RecordingLogger() });
  return loaded;
}

describe('analysis/envoy-ai-gateway', () => {
  test('is an analysis that needs the analyzers', () => {
    expect([provider.module.name, provider.name, provider.requires]).toEqual(['analysis', 'envoy-ai-gateway', [AnalyzerModule]]);
  });

  test('loads the rule folder that comes with the server', async () => {
    expect(await startWith(defaults)).toEqual([['config/rules/meter/envoy-ai-gateway']]);
    const root = new URL('../../../', import.meta.url);
    await Promise.all(defaults.map((path) => access(new URL(path, root))));
  });

  test('loads other rules when the setting says so', async () => {
    expect(await startWith(['mine', 'yours.yaml'])).toEqual([['mine', 'yours.yaml']]);
  });

  test('does not start when the rules have faults', async () => {
    const fault = new Error('faults');
    await expect(startWith(defaults, fault)).rejects.toBe(fault);
  });
});
