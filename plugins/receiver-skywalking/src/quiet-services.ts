/** What agents send or ask for and this server makes nothing of: accepted and counted, so that they do not complain. */
import { noCommands, paths, type Receiver, type Servers } from './receiver.js';

interface QuietMethod {
  readonly service: string;
  readonly method: string;
  readonly isStream?: true;
  readonly hasOldPath?: true;
}

const methods: readonly QuietMethod[] = [
  { service: 'JVMMetricReportService', method: 'collect', hasOldPath: true },
  { service: 'CLRMetricReportService', method: 'collect', hasOldPath: true },
  { service: 'SpanAttachedEventReportService', method: 'collect', isStream: true },
  { service: 'EventService', method: 'collect', isStream: true },
  { service: 'ConfigurationDiscoveryService', method: 'fetchConfigurations' },
  { service: 'ProfileTask', method: 'getProfileTaskCommands', hasOldPath: true },
  { service: 'ProfileTask', method: 'reportTaskFinish', hasOldPath: true },
  { service: 'ProfileTask', method: 'collectSnapshot', isStream: true, hasOldPath: true },
];

export function serveQuietly({ grpc }: Pick<Servers, 'grpc'>, { parts: { counters } }: Receiver): void {
  for (const { service, method, isStream, hasOldPath } of methods) {
    for (const path of paths(service, method, hasOldPath === true)) {
      if (isStream === true) {
        grpc.clientStream(path, 'receiver', async (messages) => {
          for await (const message of messages) counters.leftUnused(service, message.length);
          return noCommands;
        });
      } else {
        grpc.unary(path, 'receiver', async (body) => {
          counters.leftUnused(service, body.length);
          return noCommands;
        });
      }
    }
  }
}
