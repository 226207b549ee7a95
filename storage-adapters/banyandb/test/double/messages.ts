/** The requests as protobufjs decodes them here: enums by name, absent scalars and messages missing, lists always there. */
export interface Int64 {
  readonly low: number;
  readonly high: number;
}

export interface TimestampMessage {
  readonly seconds?: Int64;
  readonly nanos?: number;
}

/** Of tags and of fields: `value` names the member that is set. */
export interface ValueMessage {
  readonly value?: 'null' | 'str' | 'strArray' | 'int' | 'intArray' | 'binaryData' | 'timestamp' | 'float';
  readonly str?: { readonly value?: string };
  readonly strArray?: { readonly value: readonly string[] };
  readonly int?: { readonly value?: Int64 };
  readonly intArray?: { readonly value: readonly Int64[] };
  readonly binaryData?: Uint8Array;
  readonly timestamp?: TimestampMessage;
  readonly float?: { readonly value?: number };
}

export interface MetadataMessage {
  readonly group?: string;
  readonly name?: string;
  readonly id?: number;
  readonly modRevision?: Int64;
}

export interface FamilySpecMessage {
  readonly name?: string;
  readonly tagNames: readonly string[];
}

export interface FamilyMessage {
  readonly tags: readonly ValueMessage[];
}

export interface ConditionMessage {
  readonly name?: string;
  readonly op?: string;
  readonly value?: ValueMessage;
}

export interface CriteriaMessage {
  readonly le?: { readonly op?: string; readonly left?: CriteriaMessage; readonly right?: CriteriaMessage };
  readonly condition?: ConditionMessage;
}

export interface OrderMessage {
  readonly indexRuleName?: string;
  readonly sort?: string;
}

export interface TimeRangeMessage {
  readonly begin?: TimestampMessage;
  readonly end?: TimestampMessage;
}

export interface ProjectionMessage {
  readonly tagFamilies: readonly { readonly name?: string; readonly tags: readonly string[] }[];
}

/** What the queries of measures, streams and traces share. */
export interface QueryMessage {
  readonly groups: readonly string[];
  readonly name?: string;
  readonly timeRange?: TimeRangeMessage;
  readonly criteria?: CriteriaMessage;
  readonly orderBy?: OrderMessage;
  readonly offset?: number;
  readonly limit?: number;
}
