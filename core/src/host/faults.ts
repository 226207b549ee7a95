/** Faults as text and as JSON. */
import { isMeterlarkError } from '../kernel/error.js';
import { faultsOf, reasonOf } from '../kernel/errors.js';
import { hostErrors } from './errors.js';
import type { Terminal } from './terminal.js';

export interface ShownFault {
  readonly code: string;
  readonly message: string;
  readonly cure: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** What lay behind it, outermost first. */
  readonly causes: readonly string[];
}

const maxCauses = 8;

export function describeFaults(error: unknown): ShownFault[] {
  return faultsOf(error).map((fault) => {
    const causes = causesOf(fault);
    if (isMeterlarkError(fault)) return { code: fault.code, message: fault.message, cure: fault.cure, fields: fault.fields, causes };
    const { code, message, cure } = hostErrors.METERLARK_HOST_UNEXPECTED({ stack: (fault instanceof Error && fault.stack) || reasonOf(fault) });
    return { code, message, cure, fields: {}, causes };
  });
}

export function faultText({ code, message, cure, causes }: ShownFault): string {
  const lines = [`${code}: ${message}`, `  cure: ${cure}`, ...causes.map((cause) => `  cause: ${cause}`)];
  return `${lines.join('\n')}\n`;
}

/** On stderr for people; with `--json` as the command's result on stdout. */
export function printFaults(terminal: Pick<Terminal, 'stdout' | 'stderr'>, json: boolean, error: unknown): void {
  const faults = describeFaults(error);
  if (json) terminal.stdout.write(`${JSON.stringify({ ok: false, faults }, undefined, 2)}\n`);
  else for (const fault of faults) terminal.stderr.write(faultText(fault));
}

function causesOf(fault: unknown): string[] {
  const causes: string[] = [];
  let inner = fault instanceof Error ? fault.cause : undefined;
  while (inner !== undefined && causes.length < maxCauses) {
    for (const one of faultsOf(inner)) causes.push(causeText(one));
    inner = inner instanceof Error && !(inner instanceof AggregateError) ? inner.cause : undefined;
    if (inner instanceof AggregateError) break;
  }
  return causes;
}

function causeText(cause: unknown): string {
  return isMeterlarkError(cause) ? `${cause.code}: ${cause.message} (${cause.cure})` : reasonOf(cause);
}
