import { describe, expect, test } from 'vitest';
import type { ProviderDefinition } from '../../src/kernel/definition.js';
import { kernelErrors } from '../../src/kernel/errors.js';
import { codes, faultsFrom, hostOf, provider, store, StoreModule, StoreReader, UserModule } from './fixtures.js';

const late = kernelErrors.METERLARK_KERNEL_START_DEADLINE({ provider: 'a', deadlineMs: 1 });
const bound = kernelErrors.METERLARK_KERNEL_BOUND_TWICE({ provider: 'b', service: 's' });

function checking(name: string, check: NonNullable<ProviderDefinition['check']>): ProviderDefinition {
  return provider(UserModule, name, { requires: [StoreModule], check });
}

describe('check of a host', () => {
  test('asks every provider after all registers, and starts none', async () => {
    const seen: string[] = [];
    const asked = checking('asked', async ({ get }) => {
      seen.push(get(StoreReader).text);
      return [];
    });
    const starter = provider(UserModule, 'starter', { start: () => void seen.push('started') });
    await hostOf([asked, starter, store('main', 'seen by check')]).check();
    expect(seen).toEqual(['seen by check']);
  });

  test('a host without anything to check is fine', async () => {
    await expect(hostOf([store()]).check()).resolves.toBeUndefined();
  });

  test('reports the faults of all providers at once', async () => {
    const host = hostOf([checking('a', async () => [late, bound]), checking('b', async () => [bound]), store()]);
    expect(codes(await faultsFrom(() => host.check()))).toEqual(['KERNEL_START_DEADLINE', 'KERNEL_BOUND_TWICE', 'KERNEL_BOUND_TWICE']);
  });

  test('a check that fails is a fault of its provider; one that throws a coded error is that fault', async () => {
    const host = hostOf([
      checking('broken', async () => Promise.reject(new Error('no such file'))),
      checking('coded', async () => Promise.reject(late)),
      store(),
    ]);
    const faults = await faultsFrom(() => host.check());
    expect(codes(faults)).toEqual(['KERNEL_CHECK_FAILED', 'KERNEL_START_DEADLINE']);
    expect(faults[0]?.message).toBe('check of user/broken failed: no such file');
  });

  test('faults of registers come first, and nothing else is asked', async () => {
    let asked = false;
    const never = checking('never', async () => {
      asked = true;
      return [];
    });
    const broken = provider(StoreModule, 'main');
    expect(codes(await faultsFrom(() => hostOf([never, broken]).check()))).toEqual(['KERNEL_PROMISE_NOT_KEPT']);
    expect(asked).toBe(false);
  });
});
