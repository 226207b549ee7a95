import { describe, expect, test } from 'vitest';
import { hostErrors } from '../../src/host/errors.js';
import { describeFaults, faultText } from '../../src/host/faults.js';
import { combineFaults } from '../../src/kernel/errors.js';

describe('faults', () => {
  test('what has no code of its own has one of the table, with its stack', () => {
    const [fault] = describeFaults(new TypeError('odd'));
    expect(Object.keys(hostErrors.definitions)).toContain(fault?.code);
    expect(fault).toMatchObject({ code: 'METERLARK_HOST_UNEXPECTED', cure: hostErrors.definitions.METERLARK_HOST_UNEXPECTED.cure });
    expect(fault?.message).toMatch(/^TypeError: odd\n +at /);
  });

  test.each(['a {stack} of words', undefined, null, 7])('%j thrown is told too', (thrown) => {
    expect(faultText(describeFaults(thrown)[0] ?? { code: '', message: '', cure: '', fields: {}, causes: [] })).toContain(
      `METERLARK_HOST_UNEXPECTED: ${String(thrown)}\n  cure: `,
    );
  });

  test('many faults are told one by one', () => {
    const many = combineFaults([hostErrors.METERLARK_HOST_NO_PORTS(), hostErrors.METERLARK_HOST_USAGE({ reason: 'x' })]);
    expect(describeFaults(many).map(({ code }) => code)).toEqual(['METERLARK_HOST_NO_PORTS', 'METERLARK_HOST_USAGE']);
  });
});
