/** Money as whole picodollars (1e-12 USD). A price of $1 per million tokens is 1,000,000 picodollars a token. */

/** Six decimals of USD per million tokens are whole picodollars per token; no list price is finer. */
const priceDecimals = 6;
/** $1,000,000 per million tokens: whatever asks more is a slip of the pen. */
const maxPicodollarsPerToken = 1_000_000_000_000;

export interface DecimalFault {
  readonly fault: string;
}

export function isFault(value: number | DecimalFault | undefined): value is DecimalFault {
  return typeof value === 'object';
}

/** Picodollars per token of a price written as USD per million tokens; exact, or a fault. */
export function picodollarsPerToken(text: string): number | DecimalFault {
  const parts = decimalParts(text);
  if (parts === undefined) return { fault: 'a price is a plain decimal number, 0 or more, in USD per million tokens' };
  if (parts.fraction.length > priceDecimals) return { fault: `a price has at most ${priceDecimals} decimals (whole picodollars per token)` };
  const value = Number(parts.whole + parts.fraction.padEnd(priceDecimals, '0'));
  return value <= maxPicodollarsPerToken ? value : { fault: 'a price above 1000000 USD per million tokens' };
}

/** A price times a factor written as a decimal; exact, or a fault. */
export function timesFactor(picodollars: number, text: string): number | DecimalFault {
  const parts = decimalParts(text);
  if (parts === undefined || parts.whole.length > 4 || parts.fraction.length > 6) {
    return { fault: 'a factor is a plain decimal number with at most 6 decimals, e.g. 0.5' };
  }
  const product = BigInt(picodollars) * BigInt(parts.whole + parts.fraction);
  const divisor = 10n ** BigInt(parts.fraction.length);
  if (product % divisor !== 0n) return { fault: `${usdPerMillion(picodollars)} times ${text} is finer than a picodollar per token: write the price itself` };
  const value = Number(product / divisor);
  return value <= maxPicodollarsPerToken ? value : { fault: 'a price above 1000000 USD per million tokens' };
}

/** Picodollars of an amount in USD as a sender tells it; undefined for what is no amount. Halves go up. */
export function picodollarsOf(usd: number): number | undefined {
  if (!(usd >= 0) || usd > Number.MAX_SAFE_INTEGER / 1e12) return undefined;
  // The shortest text of a number is what was written; its product with 1e12, or its full expansion, need not be.
  const [digits = '0', exponent = '0'] = String(usd).split('e');
  const [whole = '0', fraction = ''] = digits.split('.');
  const shift = 12 + Number(exponent) - fraction.length;
  const value = BigInt(whole + fraction);
  if (shift >= 0) return Number(value * 10n ** BigInt(shift));
  const divisor = 10n ** BigInt(-shift);
  return Number((value * 2n + divisor) / (divisor * 2n));
}

/** USD per million tokens, exact: 2500000 is "2.5". */
export function usdPerMillion(picodollarsPerTokenValue: number): string {
  return pointed(BigInt(picodollarsPerTokenValue), priceDecimals);
}

function pointed(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -decimals)}${fraction === '' ? '' : `.${fraction}`}`;
}

function decimalParts(text: string): { whole: string; fraction: string } | undefined {
  const found = /^(\d{1,12})(?:\.(\d{1,30}))?$/.exec(text);
  return found === null ? undefined : { whole: found[1] ?? '', fraction: (found[2] ?? '').replace(/0+$/, '') };
}
