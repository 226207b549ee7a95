/** The text of a pattern while it is read. */
export class PatternText {
  private position = 0;

  constructor(private readonly source: string) {}

  get atEnd(): boolean {
    return this.position >= this.source.length;
  }

  /** A whole character; "" at the end. */
  next(): string {
    const code = this.source.codePointAt(this.position);
    if (code === undefined) return '';
    const character = String.fromCodePoint(code);
    this.position += character.length;
    return character;
  }

  /** What the form, which must begin with ^, finds here, and goes behind it. */
  take(form: RegExp): RegExpExecArray | undefined {
    const found = form.exec(this.source.slice(this.position, this.position + longestPiece));
    if (found !== null) this.position += found[0].length;
    return found ?? undefined;
  }

  /** Up to the text, which is passed over; to the end when there is none. */
  until(end: string): string {
    const at = this.source.indexOf(end, this.position);
    const piece = this.source.slice(this.position, at < 0 ? undefined : at);
    this.position = at < 0 ? this.source.length : at + end.length;
    return piece;
  }
}

const longestPiece = 128;
