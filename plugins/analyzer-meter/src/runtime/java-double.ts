/**
 * A number as Java's Double.toString writes it ("0.01", "1.0", "1.048576E7", "Infinity"): the text of the label `le`
 * that SkyWalking's rules compare with.
 */
export function javaDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return withFraction(String(value));
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return `${withFraction(digits)}E${Number(exponent)}`;
}

function withFraction(text: string): string {
  return text.includes('.') ? text : `${text}.0`;
}
