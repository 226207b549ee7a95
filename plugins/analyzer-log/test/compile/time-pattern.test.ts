import { describe, expect, it } from 'vitest';
import { compileTimePattern } from '../../src/compile/time-pattern.js';

const noon = '2024-02-29T12:00:00.000Z';

const readable: readonly (readonly [pattern: string, text: string, time: string])[] = [
  ['yyyy-MM-dd', '2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['yyyy/MM/dd HH:mm:ss', '2024/02/29 12:00:00', noon],
  ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", '2024-02-29T12:00:00.007Z', '2024-02-29T12:00:00.007Z'],
  ["yyyy-MM-dd'T'HH:mm:ssX", '2024-02-29T12:00:00Z', noon],
  ["yyyy-MM-dd'T'HH:mm:ssXXX", '2024-02-29T14:00:00+02:00', noon],
  ['yyyy-MM-dd HH:mm:ss Z', '2024-02-29 07:00:00 -0500', noon],
  ['yyyy-MM-dd HH:mm:ss z', '2024-02-29 12:00:00 UTC', noon],
  ['yyyy-MM-dd HH:mm:ss z', '2024-02-29 07:00:00 EST', noon],
  ['yyyy-MM-dd HH:mm:ss z', '2024-02-29 13:00:00 CET', noon],
  ['yyyy-MM-dd HH:mm:ss z', '2024-02-29 15:00:00 GMT+03:00', noon],
  ['dd/MMM/yyyy:HH:mm:ss Z', '29/Feb/2024:12:00:00 +0000', noon],
  ['EEE, d MMM yyyy HH:mm:ss z', 'Thu, 29 Feb 2024 12:00:00 GMT', noon],
  ['EEEE, MMMM d, yyyy hh:mm a', 'Thursday, february 29, 2024 12:00 PM', noon],
  ['yyyy-MM-dd hh:mm a', '2024-02-29 12:00 am', '2024-02-29T00:00:00.000Z'],
  ['yyyy-MM-dd KK:mm a', '2024-02-29 00:00 PM', noon],
  ['yyyy-MM-dd kk:mm', '2024-02-29 24:00', '2024-02-29T00:00:00.000Z'],
  ['yyyyMMddHHmmssSSS', '20240229120000123', '2024-02-29T12:00:00.123Z'],
  ['y-M-d H:m:s', '2024-2-9 1:2:3', '2024-02-09T01:02:03.000Z'],
  ['yy-MM-dd', '24-02-29', '2024-02-29T00:00:00.000Z'],
  ['yy-MM-dd', '99-12-31', '1999-12-31T00:00:00.000Z'],
  ['yyyy-MM-dd', '0024-02-29', '0024-02-29T00:00:00.000Z'],
  ['yyyy-MM-dd HH:mm:ss.SSS', '2024-02-29 12:00:00.123456', '2024-02-29T12:00:00.123Z'],
  ['yyyy-MM-dd HH:mm:ss.SSSSSSSSS', '2024-02-29 12:00:00.123456789', '2024-02-29T12:00:00.123Z'],
  ["h 'o''clock' a, yyyy-MM-dd", "12 o'clock PM, 2024-02-29", noon],
  ["yyyy-MM-dd''HH", "2024-02-29'12", noon],
  ['yyyy-MM-dd', '2024-02-29 and more', '2024-02-29T00:00:00.000Z'],
  ['yyyy-MM-dd', '2024-13-01', '2025-01-01T00:00:00.000Z'],
  ['HH:mm', '12:30', '1970-01-01T12:30:00.000Z'],
];

const unreadable: readonly (readonly [pattern: string, text: string])[] = [
  ['yyyy-MM-dd', ''], ['yyyy-MM-dd', '2024-02'], ['yyyy-MM-dd', '2024/02/29'], ['dd/MMM/yyyy', '29/Foo/2024'], ['yyyy-MM-dd HH', '2024-02-29 x'],
  ['hh a', '12 xm'], ['HH Z', '12 EST?!'.slice(0, 3)], ['HH Z', '12 Z'], ['EEE', 'Foo'], ["'T'HH", '12'], ['yyyy', '9'.repeat(30)],
];

describe('a time pattern', () => {
  it.each(readable)('%s reads %s', (pattern, text, time) => {
    expect(new Date(compileTimePattern(pattern)(text) ?? Number.NaN).toISOString()).toBe(time);
  });

  it.each(unreadable)('%s does not read %j', (pattern, text) => {
    expect(compileTimePattern(pattern)(text)).toBeUndefined();
  });

  it.each(['yyyy-QQ', 'G', 'Y', 'D', 'w', 'u', "yyyy 'T", 'y'.repeat(200)])('%.10s is refused', (pattern) => {
    expect(() => compileTimePattern(pattern)).toThrow();
  });
});
