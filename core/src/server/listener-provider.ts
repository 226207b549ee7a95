/** `listener/shared`: opens the ports after everything else has started, closes them before anything else stops. */
import { AnalysisModule, ReceiverModule } from '../contract/pipeline.js';
import { EndpointModule } from '../contract/query.js';
import { ListenerModule, Listeners, ServerModule } from '../contract/server.js';
import { defineProvider } from '../kernel/definition.js';

export default defineProvider<object>({
  module: ListenerModule,
  name: 'shared',
  requires: [ServerModule, ReceiverModule, EndpointModule, AnalysisModule],
  config: {},
  start: async ({ get }) => {
    const listeners = get(Listeners);
    await listeners.open();
    return () => listeners.close();
  },
});
