/** From the start of the process to the first accepted export, and what a server that nobody uses holds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { figureOf, type Figure } from './figure.js';
import { frameOf } from './frame.js';
import { unary } from './load.js';
import { makePayload, requestType } from './payload.js';
import { startServer, type Server } from './processes.js';

const idleMs = 10_000;

/** `new`: in an empty folder, which makes the tables too; `again`: in a folder that another process has filled. */
export async function benchStart(runs = 9): Promise<Figure[]> {
  const folders = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  const request = frameOf(firstExport());
  const again = join(folders, 'again');
  await accepted(request, again);
  const measured = { bare: [] as number[], memory: [] as number[], fresh: [] as number[], again: [] as number[] };
  for (let run = 0; run < runs; run += 1) {
    measured.bare.push(bareNode());
    measured.memory.push(await accepted(request));
    measured.fresh.push(await accepted(request, join(folders, `new-${run}`)));
    measured.again.push(await accepted(request, again));
  }
  await rm(folders, { recursive: true, force: true });
  const figure = (name: string, values: readonly number[]): Figure => figureOf({ name, unit: 'ms', values, baselines: measured.bare });
  return [figure('start_memory', measured.memory), figure('start_embedded_new', measured.fresh), figure('start_embedded_again', measured.again)];
}

/** What a gateway sends after its first call: one point of each of its four histograms. */
function firstExport(): Buffer {
  const type = requestType();
  const { requests } = makePayload({ services: 1, instances: 1, pushes: 1, startMs: Date.now(), intervalMs: 60_000 });
  const request = type.toObject(type.decode(requests[0] ?? Buffer.alloc(0))) as Export;
  for (const { histogram } of request.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))) {
    histogram.dataPoints.splice(1);
  }
  return Buffer.from(type.encode(type.fromObject(request)).finish());
}

interface Export {
  readonly resourceMetrics: { readonly scopeMetrics: { readonly metrics: { readonly histogram: { readonly dataPoints: unknown[] } }[] }[] }[];
  readonly [key: string]: unknown;
}

export async function benchIdle(runs = 5): Promise<Figure[]> {
  const folders = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  const memory: Server[] = [];
  const embedded: Server[] = [];
  for (let run = 0; run < runs; run += 1) {
    memory.push(await startServer());
    embedded.push(await startServer(join(folders, String(run))));
  }
  await sleep(idleMs);
  const figures = [await idleFigure('idle_rss_memory', memory), await idleFigure('idle_rss_embedded', embedded)];
  await Promise.all([...memory, ...embedded].map((server) => server.end()));
  await rm(folders, { recursive: true, force: true });
  return figures;
}

async function idleFigure(name: string, servers: readonly Server[]): Promise<Figure> {
  const values = await Promise.all(servers.map(async (server) => (await server.usage()).rssMiB));
  return figureOf({ name, unit: 'MiB', values });
}

/** Milliseconds; the server is stopped outside of them. */
async function accepted(request: Buffer, folder?: string): Promise<number> {
  const begun = performance.now();
  const server = await startServer(folder, false);
  const session = connect(`http://127.0.0.1:${server.grpcPort}`);
  await unary(session, request);
  const elapsed = performance.now() - begun;
  session.close();
  await server.end();
  return elapsed;
}

/** Node itself, doing nothing. */
function bareNode(): number {
  const begun = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - begun;
}
