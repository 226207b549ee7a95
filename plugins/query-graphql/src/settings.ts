export interface GraphqlSettings {
  readonly maxBodyBytes: number;
  readonly maxDepth: number;
  readonly maxFields: number;
  readonly maxDocumentLength: number;
  readonly maxCachedDocuments: number;
  readonly maxRows: number;
  readonly healthTimeoutMs: number;
}
