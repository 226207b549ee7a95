/** A seeded agent application: users ask, the agent thinks, calls tools and models, and tries again when it is told to wait. */
import { seededRandom } from '../traffic.js';
import type { ModelName } from './models.js';

export interface Usage {
  /** Cached tokens are part of it. */
  readonly input: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** Reasoning is part of it; embeddings have none. */
  readonly output?: number;
  readonly reasoning?: number;
}

interface Step {
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed: string | undefined;
}

/** One request to a model. Times are whole milliseconds. */
export interface AgentCall extends Step {
  readonly type: 'call';
  readonly model: ModelName;
  readonly streaming: boolean;
  readonly firstTokenMs: number | undefined;
  /** undefined for a call that was refused. */
  readonly usage: Usage | undefined;
}

export interface ToolUse extends Step {
  readonly type: 'tool';
  readonly name: string;
}

export type Protocol = 'otlp' | 'zipkin' | 'skywalking';

export interface AgentRun {
  /** Of the names of providers, so that metrics of an earlier run are another provider's. */
  readonly suffix: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly protocol: Protocol;
  readonly route: string;
  readonly user: string;
  readonly session: string;
  readonly team: string;
  readonly failed: string | undefined;
  readonly steps: readonly (AgentCall | ToolUse)[];
}

export const callsOf = ({ steps }: AgentRun): readonly AgentCall[] => steps.filter((step) => step.type === 'call');

const teams = ['search', 'support', 'research'];
const tools = ['web_search', 'read_file', 'run_sql'];
const routes = ['POST /ask', 'POST /summaries'];

/** Makes one run step by step; the clock is the end of the last step. */
class RunMaker {
  private readonly steps: (AgentCall | ToolUse)[] = [];

  constructor(
    private readonly random: () => number,
    private readonly startMs: number,
    private readonly suffix: string,
    private clockMs = startMs + 5,
  ) {}

  run(protocol: Protocol): AgentRun {
    // SkyWalking's agent for Java knows chat calls of Spring AI.
    if (protocol === 'skywalking') this.call('cheap');
    else this.conversation();
    const last = this.steps.at(-1);
    const user = this.below(12);
    return {
      suffix: this.suffix, startMs: this.startMs, durationMs: this.clockMs - this.startMs + 5, protocol, route: this.pick(routes),
      user: `user-${user}`, session: `session-${user}-${Math.floor(this.startMs / 600_000)}`, team: teams[user % teams.length]!,
      failed: last?.failed, steps: this.steps,
    };
  }

  private conversation(): void {
    this.call('embeddings');
    this.withRetry('cheap');
    for (let rounds = this.below(3); rounds > 0; rounds -= 1) {
      this.tool();
      this.withRetry(this.pick<ModelName>(['cheap', 'cheap', 'thinking', 'unpriced']));
    }
    if (this.random() < 0.3) this.call('expensive');
    // The house model goes down now and then, and nobody tries again.
    if (this.random() < 0.04) this.refused('unpriced', '503');
  }

  /** A model that is asked too often says 429; the second answer is good. */
  private withRetry(model: ModelName): void {
    if (this.random() < 0.15) {
      this.refused(model, '429');
      this.clockMs += 200;
    }
    this.call(model);
  }

  private refused(model: ModelName, failed: string): void {
    const durationMs = 20 + this.below(80);
    const nothing = { streaming: false, firstTokenMs: undefined, usage: undefined };
    this.push({ type: 'call', model, startMs: this.clockMs, durationMs, failed, ...nothing });
  }

  private call(model: ModelName): void {
    const usage = this.usage(model);
    const streaming = model !== 'embeddings' && this.random() < 0.6;
    const firstTokenMs = 80 + this.below(1500);
    const durationMs = firstTokenMs + 20 + (usage.output ?? 0) * (5 + this.below(10));
    const told = { streaming, firstTokenMs: streaming ? firstTokenMs : undefined, usage };
    this.push({ type: 'call', model, startMs: this.clockMs, durationMs, failed: undefined, ...told });
  }

  private usage(model: ModelName): Usage {
    const input = 50 + this.below(6000);
    if (model === 'embeddings') return { input: 8 + this.below(400) };
    const output = 5 + this.below(300);
    const cached = this.random() < 0.5 ? { cacheRead: Math.floor(input * 0.7) } : {};
    if (model === 'thinking') return { input, output, ...cached, reasoning: Math.floor(output * 0.6) };
    return model === 'expensive' ? { input, output, ...cached, cacheWrite: Math.floor(input * 0.2) } : { input, output, ...cached };
  }

  private tool(): void {
    this.push({ type: 'tool', name: this.pick(tools), startMs: this.clockMs, durationMs: 3 + this.below(900), failed: undefined });
  }

  private push(step: AgentCall | ToolUse): void {
    this.steps.push(step);
    this.clockMs = step.startMs + step.durationMs + 1;
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

export interface RunOptions {
  readonly seed: number;
  readonly suffix: string;
  readonly fromMs: number;
  /** Runs end before it. */
  readonly toMs: number;
  readonly perMinute: number;
  /** Protocols by turns. */
  readonly protocols: readonly Protocol[];
}

/** Runs in time order. */
export function makeRuns({ seed, suffix, fromMs, toMs, perMinute, protocols }: RunOptions): AgentRun[] {
  const random = seededRandom(seed);
  const runs: AgentRun[] = [];
  for (let startMs = fromMs + 20; startMs < toMs; startMs += Math.ceil((-Math.log(1 - random()) * 60_000) / perMinute)) {
    const run = new RunMaker(random, startMs, suffix).run(protocols[runs.length % protocols.length]!);
    if (run.startMs + run.durationMs < toMs) runs.push(run);
  }
  return runs;
}
