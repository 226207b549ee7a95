import type { ServerState } from '../contract/server.js';

export type LifeState = ReturnType<ServerState['current']>;

/** The state that health checks show; the listeners move it forward. */
export class LifecycleState implements ServerState {
  private state: LifeState = 'starting';
  private readonly watchers = new Set<() => void>();

  current(): LifeState {
    return this.state;
  }

  become(state: LifeState): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Calls after every change; gives the function that ends it. */
  watch(onChange: () => void): () => void {
    this.watchers.add(onChange);
    return () => void this.watchers.delete(onChange);
  }
}
