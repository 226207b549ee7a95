/** What shall go wrong, counted down as it does. */
import type { status } from '@grpc/grpc-js';
import { Failure } from './failures.js';

interface CallFault {
  /** Part of the method's path; all methods when it is empty. */
  readonly method: string;
  readonly code: status;
  readonly details: string;
  left: number;
}

interface StatusFault {
  readonly status: string;
  left: number;
}

export class Faults {
  private readonly calls: CallFault[] = [];
  private readonly rows: StatusFault[] = [];
  private readonly batches: StatusFault[] = [];
  private lostAnswers = 0;

  /** The next calls of methods whose path has `method` in it end with this, before anything is done. */
  failCalls(count: number, code: status, { method = '', details = 'a fault of the double' }: { readonly method?: string; readonly details?: string } = {}): void {
    this.calls.push({ method, code, details, left: count });
  }

  /** The next rows are answered at once with this, and not stored: `STATUS_INTERNAL_ERROR`. */
  failRows(count: number, rowStatus: string): void {
    this.rows.push({ status: rowStatus, left: count });
  }

  /** All rows of the next write streams are answered with this at their end, and none is stored: `STATUS_DISK_FULL`. */
  failBatches(count: number, rowStatus: string): void {
    this.batches.push({ status: rowStatus, left: count });
  }

  /** The next write streams store what they got, then break before any answer. */
  loseAnswers(count: number): void {
    this.lostAnswers += count;
  }

  clear(): void {
    this.calls.length = 0;
    this.rows.length = 0;
    this.batches.length = 0;
    this.lostAnswers = 0;
  }

  call(path: string): void {
    const fault = this.calls.find(({ method, left }) => left > 0 && path.includes(method));
    if (fault === undefined) return;
    fault.left -= 1;
    throw new Failure(fault.code, fault.details);
  }

  row(): string | undefined {
    return taken(this.rows);
  }

  batch(): string | undefined {
    return taken(this.batches);
  }

  answerIsLost(): boolean {
    if (this.lostAnswers === 0) return false;
    this.lostAnswers -= 1;
    return true;
  }
}

function taken(faults: StatusFault[]): string | undefined {
  const fault = faults.find(({ left }) => left > 0);
  if (fault !== undefined) fault.left -= 1;
  return fault?.status;
}
