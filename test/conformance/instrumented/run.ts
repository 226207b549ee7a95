/** Runs the instrumented application as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const application = fileURLToPath(new URL('application.cjs', import.meta.url));

export const instrumentations = ['semconv', 'openinference', 'traceloop', 'vercel'] as const;
export type Instrumentation = (typeof instrumentations)[number];
export type Exporter = 'grpc' | 'proto' | 'json' | 'zipkin';

export interface Run {
  readonly instrumentation: Instrumentation;
  readonly exporter: Exporter;
  /** Where the exporter sends to. */
  readonly endpoint: string;
  readonly openAiUrl: string;
  readonly service: string;
}

/** Rejects with what the process printed when it failed. */
export async function runApplication({ instrumentation, exporter, endpoint, openAiUrl, service }: Run): Promise<void> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [application], {
    env: { PATH, INSTRUMENTATION: instrumentation, EXPORTER: exporter, ENDPOINT: endpoint, OPENAI_BASE_URL: openAiUrl, SERVICE: service },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${instrumentation} over ${exporter} ended with ${code}: ${printed.join('')}`);
}
