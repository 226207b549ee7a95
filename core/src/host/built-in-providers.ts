/** The providers that core itself brings, imported when selected. Their identities are taken. */
export const builtInProviders: ReadonlyMap<string, () => Promise<unknown>> = new Map<string, () => Promise<unknown>>([
  ['server/shared', () => import('../server/provider.js')],
  ['stream/minutes', () => import('../stream/provider.js')],
  ['pipeline/fan-out', () => import('../pipeline/provider.js')],
  ['query/layer', () => import('../query/provider.js')],
  ['listener/shared', () => import('../server/listener-provider.js')],
]);
