/** Exact amounts: picodollars (1e-12 USD) as whole numbers, dollars as decimal text. */

const digits = 12;

/** Plain notation without trailing zeros: 160_000n is "0.00000016". */
export function picodollarsToUsd(amount: bigint | number): string {
  const whole = BigInt(amount);
  const sign = whole < 0n ? '-' : '';
  const padded = (whole < 0n ? -whole : whole).toString().padStart(digits + 1, '0');
  const fraction = padded.slice(-digits).replace(/0+$/, '');
  return `${sign}${padded.slice(0, -digits)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** undefined when the text is no plain decimal number, is finer than a picodollar or too great to be exact. */
export function usdToPicodollars(text: string): number | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const places = fraction.replace(/0+$/, '');
  if (places.length > digits) return undefined;
  const amount = Number(`${sign}${whole}${places.padEnd(digits, '0')}`);
  return Number.isSafeInteger(amount) ? amount : undefined;
}
