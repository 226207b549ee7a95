/** What rules may ask of the world outside their samples. Without a resolver such rules load and yield nothing. */
import { ClosureFailure, toText, type ClosureValue } from '../language/closure-values.js';
import type { ClosureHost } from '../language/closure-compiler.js';

export interface MetadataResolver {
  /** Service of a pod, "" when unknown. */
  podService(namespace: string, pod: string): string;
  /** Id of the process that stands for all unknown ones of the instance. */
  virtualLocalProcess(service: string, instance: string): string;
  virtualRemoteProcess(service: string, instance: string, address: string): string;
}

function argument(args: readonly ClosureValue[], index: number): string {
  const value = args[index];
  return value === undefined ? '' : toText(value);
}

export function closureHost(resolver: MetadataResolver | undefined): ClosureHost {
  const need = (): MetadataResolver => {
    if (resolver === undefined) throw new ClosureFailure('no metadata resolver is installed');
    return resolver;
  };
  return new Map([
    [
      'ProcessRegistry.generateVirtualLocalProcess',
      (args) => need().virtualLocalProcess(argument(args, 0), argument(args, 1)),
    ],
    [
      'ProcessRegistry.generateVirtualRemoteProcess',
      (args) => need().virtualRemoteProcess(argument(args, 0), argument(args, 1), argument(args, 2)),
    ],
  ]);
}
