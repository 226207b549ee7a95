/**
 * MQE's number format: plain digits, at most three decimals, no trailing zeros, no exponent, exact ties to the even
 * third digit (what `DecimalFormat` prints by default, without grouping). undefined stays a gap.
 */
export function formatMqeValue(value: number): string;
export function formatMqeValue(value: number | undefined): string | undefined;
export function formatMqeValue(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + formatMagnitude(settled(Math.abs(value)));
}

/**
 * Sums of doubles differ in their last digits by the order in which a store adds: what is one number must not be shown as two
 * where it lies between two thousandths. Larger numbers have no digit to spare.
 */
function settled(value: number): number {
  return value < 1e10 ? Number(value.toPrecision(14)) : value;
}

function formatMagnitude(value: number): string {
  if (value === Infinity) return '∞';
  // toFixed turns to exponents here; doubles of this size have no fraction.
  if (value >= 1e21) return BigInt(value).toString();
  return trimmed(isTie(value) ? tieToEven(value) : value.toFixed(3));
}

/** Only odd multiples of 1/16 lie exactly between two thousandths. */
function isTie(value: number): boolean {
  const sixteenths = value * 16;
  return Number.isInteger(sixteenths) && sixteenths % 2 === 1;
}

/** Four decimals hold sixteenths exactly; toFixed(3) would round every tie up. */
function tieToEven(value: number): string {
  const exact = value.toFixed(4);
  const third = Number(exact.at(-2));
  return third % 2 === 0 ? exact.slice(0, -1) : value.toFixed(3);
}

function trimmed(digits: string): string {
  return digits.replace(/\.?0+$/, '');
}
