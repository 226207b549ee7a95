/**
 * Picodollars as the text of `gen_ai.estimated.cost`: USD, at most ten decimals, halves up, no zeros at the end; ""
 * when that is nothing.
 */
export function costText(picodollars: number | undefined): string {
  if (picodollars === undefined || picodollars <= 0) return '';
  // A ten-billionth of a dollar is a hundred picodollars.
  const units = Math.floor(picodollars / 100 + 0.5);
  if (units === 0) return '';
  const whole = Math.floor(units / 1e10);
  let decimals = units % 1e10;
  if (decimals === 0) return whole.toString();
  let digits = 10;
  for (; decimals % 10 === 0; digits -= 1) decimals /= 10;
  return `${whole}.${decimals.toString().padStart(digits, '0')}`;
}
