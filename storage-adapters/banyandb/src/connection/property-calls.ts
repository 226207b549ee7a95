/** Properties: applied and asked for one by one. */
import type { MethodName } from '../protocol/methods.js';
import type { PropertySpec } from '../schema/model.js';
import type { BanyanClient, Cell, FoundProperty } from './client.js';
import { decodeProperties, encodeApply, encodePropertyQuery } from './properties.js';

/** `undefined` asks nothing and answers nothing. */
export type AskData = (method: MethodName, what: string, request: Buffer | undefined) => Promise<Buffer | undefined>;

export class PropertyCalls implements Pick<BanyanClient, 'applyProperty' | 'queryProperties'> {
  constructor(private readonly ask: AskData) {}

  async applyProperty(property: PropertySpec, id: string, tags: readonly Cell[]): Promise<void> {
    await this.ask('propertyApply', `a document of ${property.name}`, encodeApply(property, id, tags));
  }

  async queryProperties(property: PropertySpec, { ids, limit }: { readonly ids?: readonly string[]; readonly limit: number }): Promise<readonly FoundProperty[]> {
    // No ids at all would be read as all of them.
    if (ids?.length === 0) return [];
    const answer = await this.ask('propertyQuery', `the question to ${property.name}`, encodePropertyQuery(property, ids ?? []));
    return answer === undefined ? [] : decodeProperties(property, limit, answer);
  }
}
