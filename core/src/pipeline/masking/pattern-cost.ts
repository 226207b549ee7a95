/** How a regular expression may repeat itself: what could take exponential time is refused. */

interface Cost {
  /** Repetitions without an end, `*`, `+`, `{n,}`. */
  readonly unbounded: number;
  /** In how many ways the same text may be taken at most, those repetitions apart. */
  readonly ways: number;
}

const none: Cost = { unbounded: 0, ways: 1 };
const maxWays = 100_000;

/** The source must be a valid expression. Throws an Error that says what must be written otherwise. */
export function costOf(source: string): Cost {
  return new Scanner(source).alternatives();
}

interface Quantifier {
  readonly min: number;
  readonly max: number;
}

class Scanner {
  private position = 0;

  constructor(private readonly source: string) {}

  /** Up to the end or the closing bracket of a group. */
  alternatives(): Cost {
    let cost = this.sequence();
    while (this.take('|')) {
      const other = this.sequence();
      cost = { unbounded: cost.unbounded + other.unbounded, ways: cost.ways + other.ways };
    }
    return cost;
  }

  private sequence(): Cost {
    let cost = none;
    while (this.position < this.source.length && !'|)'.includes(this.source[this.position] ?? '')) {
      const start = this.position;
      const inner = this.atom();
      const part = repeated(inner, this.quantifier(), () => this.source.slice(start, this.position));
      cost = { unbounded: cost.unbounded + part.unbounded, ways: Math.min(cost.ways * part.ways, Number.MAX_SAFE_INTEGER) };
    }
    return cost;
  }

  private atom(): Cost {
    const character = this.source[this.position];
    this.position += 1;
    if (character === '(') return this.group();
    if (character === '[') this.skipClass();
    if (character === '\\') this.escape();
    return none;
  }

  private group(): Cost {
    if (this.take('?')) {
      // (?:  (?=  (?!  (?<=  (?<!  (?<name>
      const head = /^(?::|=|!|<=|<!|<[^>]*>)/.exec(this.source.slice(this.position))?.[0] ?? '';
      this.position += head.length;
    }
    const cost = this.alternatives();
    this.position += 1;
    return cost;
  }

  private skipClass(): void {
    while (this.position < this.source.length && this.source[this.position] !== ']') {
      this.position += this.source[this.position] === '\\' ? 2 : 1;
    }
    this.position += 1;
  }

  private escape(): void {
    const character = this.source[this.position] ?? '';
    if (/[1-9k]/.test(character)) throw new Error(`pattern refers back to a group by \\${character}, which may take very long; write it without`);
    const long = /^(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[a-zA-Z])/.exec(this.source.slice(this.position))?.[0];
    this.position += long?.length ?? 1;
  }

  private quantifier(): Quantifier {
    const text = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(this.source.slice(this.position))?.[0];
    if (text === undefined) return { min: 1, max: 1 };
    this.position += text.length;
    this.take('?');
    if (text === '*') return { min: 0, max: Infinity };
    if (text === '+') return { min: 1, max: Infinity };
    if (text === '?') return { min: 0, max: 1 };
    const [low = '', high = low] = text.slice(1, -1).split(',');
    return { min: Number(low), max: high === '' ? Infinity : Number(high) };
  }

  private take(character: string): boolean {
    if (this.source[this.position] !== character) return false;
    this.position += 1;
    return true;
  }
}

function repeated(inner: Cost, { min, max }: Quantifier, text: () => string): Cost {
  if (max === 1) return { unbounded: inner.unbounded, ways: inner.ways + (1 - min) };
  const varies = inner.unbounded > 0 || inner.ways > 1;
  const ways = varies ? inner.ways ** max : 1;
  if (varies && (max === Infinity || inner.unbounded > 0 || ways > maxWays)) {
    const shown = text().slice(0, 60);
    throw new Error(`pattern repeats the group ${shown}, which holds a repetition or a choice itself and may take very long; write it without, e.g. [\\w.]+ for (\\w+\\.?)+`);
  }
  if (max === Infinity) return { unbounded: 1, ways: 1 };
  return { unbounded: 0, ways: ways * (max - min + 1) };
}
