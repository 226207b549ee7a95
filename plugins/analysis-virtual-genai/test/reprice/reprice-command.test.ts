import { isMeterlarkError } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { hoursOf, periodOf } from '../../src/reprice/period.js';
import { repriceCommand } from '../../src/reprice/reprice-command.js';
import { call, FakeStore, newBook, oldBook, priced } from './fixtures.js';

const period = (from?: string, to?: string): string => {
  const { fromMs, toMs } = periodOf({ words: [], options: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) } });
  return `${new Date(fromMs).toISOString()} ${new Date(toMs).toISOString()}`;
};

describe('the period', () => {
  test.each([
    ['2026-03-01', '2026-03-01', '2026-03-01T00:00:00.000Z 2026-03-02T00:00:00.000Z'],
    ['2026-03-01', '2026-03-31', '2026-03-01T00:00:00.000Z 2026-04-01T00:00:00.000Z'],
    ['2026-03-01T10:30Z', '2026-03-01T11:00:05Z', '2026-03-01T10:30:00.000Z 2026-03-01T11:00:05.000Z'],
  ])('from %s to %s', (from, to, expected) => {
    expect(period(from, to)).toBe(expected);
  });

  test.each([
    [undefined, '2026-03-01', '--from is missing'], ['2026-03-01', undefined, '--to is missing'], ['2026-02-30', '2026-03-01', '--from must be'],
    ['yesterday', '2026-03-01', '--from must be'], ['2026-03-02', '2026-03-01', '--to must be after --from'], ['2026-03-01T00:00Z', '2026-03-01T00:00Z', '--to must be after'],
    ['2026-3-1', '2026-03-01', '--from must be'], ['2026-03-01T25:00Z', '2026-03-03', '--from must be'],
  ])('from %s to %s is refused', (from, to, reason) => {
    expect(() => period(from, to)).toThrow(reason);
  });

  test('is done hour by hour, its own ends kept', () => {
    const minutes = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
    const hours = [...hoursOf({ fromMs: Date.parse('2026-03-01T10:30Z'), toMs: Date.parse('2026-03-01T12:15Z') })];
    expect(hours.map(({ fromMs, toMs }) => `${minutes(fromMs)}-${minutes(toMs)}`)).toEqual(['10:30-11:00', '11:00-12:00', '12:00-12:15']);
  });
});

describe('meterlark reprice', () => {
  const request = (options: Record<string, string | boolean> = {}) => ({ words: [], options: { from: '2026-03-01', to: '2026-03-01', ...options } });

  test('prints old against new, and keeps the new book unless on a dry run', async () => {
    const store = new FakeStore(priced([call('a'), call('b', { model: 'late' })], oldBook()));
    const kept: boolean[] = [];
    const command = repriceCommand({ services: () => store.services(), reload: async (keep) => (kept.push(keep), newBook()) });
    const dry = await command.run(request({ 'dry-run': true }));
    const real = await command.run(request());
    expect([kept, dry.found, real.found]).toEqual([[false, true], false, false]);
    expect(dry.text).toContain('2 would be repriced; nothing was written');
    expect(real.text).toMatch(/2026-03-01 {2}acme +m +1 +1 +0\.000164 +0\.000328 +0 +0\n/);
    expect(real.text).toContain('1 had no price and have one now, 0 had one and have none now');
    expect(real.json).toMatchObject({ dryRun: false, counts: { calls: 2, repriced: 2 }, days: [{ model: 'late', oldUsd: '0', newUsd: '0.00033' }, { model: 'm' }] });
    expect(command.needsStore).toBe(true);
  });

  test('runs once at a time, and again after one that failed', async () => {
    const store = new FakeStore([]);
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let reloads = 0;
    const command = repriceCommand({
      services: () => store.services(),
      reload: async () => {
        reloads += 1;
        if (reloads === 1) await gate;
        if (reloads === 2) throw new Error('broken files');
        return newBook();
      },
    });
    const first = command.run(request());
    const second = await command.run(request()).catch((error: unknown) => error);
    expect(isMeterlarkError(second) && second.code).toBe('METERLARK_PRICING_BUSY');
    release();
    await first;
    await expect(command.run(request())).rejects.toThrow('broken files');
    await expect(command.run(request())).resolves.toMatchObject({ found: false });
  });

  test('says so when there are no calls', async () => {
    const command = repriceCommand({ services: () => new FakeStore([]).services(), reload: async () => newBook() });
    expect((await command.run(request())).text).toContain('none\n0 calls');
  });
});
