import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { listen, PortFaults } from '../../src/server/ports.js';
import { RecordingLogger, RecordingMetrics } from '../../src/testing/fakes.js';

test('faults of an open port are each counted, logged once in a while, and the port lives on', async () => {
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const faults = new PortFaults('grpc', { logger, metrics });
  const server = createServer((socket) => socket.end('here'));
  const port = await listen(server, { listener: 'grpc', host: '127.0.0.1', port: 0, key: 'port' }, (error) => faults.tell(error));
  const fault = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  for (let count = 0; count < 3; count += 1) server.emit('error', fault);
  expect(metrics.value('meterlark_server_port_faults_total', { listener: 'grpc' })).toBe(3);
  expect(logger.lines).toEqual([
    expect.objectContaining({ level: 'error', message: 'an open port failed to take a connection', fields: { listener: 'grpc', error: fault } }),
  ]);
  const heard = await new Promise<string>((resolve) => connect(port, '127.0.0.1').on('data', (data) => resolve(data.toString())));
  expect(heard).toBe('here');
  server.close();
});
