/** The baseline of receiving: the same grpc-js, a handler that does nothing with the bytes. Role of a process of its own. */
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { logsExportPath, metricsExportPath, tracesExportPath } from '@meterlark/receiver-otlp';

const asGiven = (body: Buffer): Buffer => body;
const nothing = Buffer.alloc(0);

export function serveNoop(): void {
  const server = new Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
  const method = (path: string) => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: asGiven,
    requestDeserialize: asGiven,
    responseSerialize: asGiven,
    responseDeserialize: asGiven,
  });
  const handler = (_call: unknown, answer: sendUnaryData<Buffer>): void => answer(null, nothing);
  const paths = { logs: logsExportPath, metrics: metricsExportPath, traces: tracesExportPath };
  const of = <T>(make: (path: string) => T) => Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, make(path)]));
  server.addService(of(method), of(() => handler));
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    console.log(`noop grpc=${port}`);
  });
  process.on('SIGTERM', () => process.exit(0));
}
