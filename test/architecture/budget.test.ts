import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { filesBelow, readText } from './tree.js';

const limits = { fileLines: 300, functionLines: 40 };

/** Hot-path files that may exceed a limit, each with its reason. Names: `<file>` or `<file>#<function>`. */
const exemptions: Readonly<Record<string, string>> = {};

interface Excess {
  readonly name: string;
  readonly lines: number;
}

function nameOf(node: ts.Node): string {
  const named = node as { name?: ts.Node };
  if (named.name !== undefined) return named.name.getText();
  const parent = node.parent as { name?: ts.Node } | undefined;
  return parent?.name?.getText() ?? 'anonymous';
}

/** A `describe` or a factory that only holds other functions is as long as what it holds: inner functions do not count. */
function ownLines(node: ts.Node, source: ts.SourceFile): number {
  const line = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  let lines = line(node.getEnd()) - line(node.getStart()) + 1;
  const visit = (child: ts.Node): void => {
    if (ts.isFunctionLike(child) && 'body' in child && child.body !== undefined) {
      const inner = line(child.getEnd()) - line(child.getStart()) + 1;
      if (inner > 1) lines -= inner;
      return;
    }
    ts.forEachChild(child, visit);
  };
  ts.forEachChild(node, visit);
  return lines;
}

export function measure(path: string, text: string): Excess[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Excess[] = [{ name: path, lines: text.split('\n').length - 1 }];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) found.push({ name: `${path}#${nameOf(node)}`, lines: ownLines(node, source) });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function tooLong(entries: readonly Excess[]): string[] {
  return entries
    .filter(({ name, lines }) => lines > (name.includes('#') ? limits.functionLines : limits.fileLines))
    .filter(({ name }) => exemptions[name] === undefined)
    .map(({ name, lines }) => `${name}: ${lines} lines`);
}

describe('budget', () => {
  const sources = filesBelow(['core', 'plugins', 'storage-adapters', 'test'], ['.ts', '.mjs', '.cjs']);

  test('no file is longer than 300 lines and no function longer than 40', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap((path) => tooLong(measure(path, readText(path))))).toEqual([]);
  });

  test('the measure sees a long file and a long function', () => {
    const long = `function big() {\n${'  void 0;\n'.repeat(45)}}\n${'\n'.repeat(300)}`;
    expect(tooLong(measure('long.ts', long))).toEqual(['long.ts: 347 lines', 'long.ts#big: 47 lines']);
  });

  test('every exemption is still needed', () => {
    const measured = new Map(sources.flatMap((path) => measure(path, readText(path))).map((entry) => [entry.name, entry.lines]));
    for (const name of Object.keys(exemptions)) {
      expect(measured.get(name) ?? 0, name).toBeGreaterThan(name.includes('#') ? limits.functionLines : limits.fileLines);
    }
  });
});
