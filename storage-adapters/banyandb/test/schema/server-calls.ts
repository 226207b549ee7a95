/** Single calls to a real server, without what the client does beyond. */
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { banyanErrors } from '../../src/errors.js';
import { CallFailure, type BanyanCalls } from '../../src/connection/calls.js';
import { methods, type MethodName } from '../../src/protocol/methods.js';
import { decodeMessage, encodeMessage } from '../../src/protocol/root.js';

export interface ServerCalls extends BanyanCalls {
  close(): void;
}

const timeoutMs = 30_000;

export function serverCalls(target: string): ServerCalls {
  const client = new Client(target, credentials.createInsecure());
  const call = <T>(method: MethodName, request: object): Promise<T> => {
    const { path, request: asked, response } = methods[method];
    const bytes = encodeMessage(asked, request);
    return new Promise((resolve, reject) => {
      const answered = (error: ServiceError | null, answer?: Buffer) => {
        if (error === null) resolve(decodeMessage(response, answer ?? Buffer.alloc(0)) as T);
        else reject(refusedBy(method, error));
      };
      client.makeUnaryRequest(path, (value: Buffer) => value, (value: Buffer) => value, bytes, { deadline: Date.now() + timeoutMs }, answered);
    });
  };
  return { call, close: () => client.close() };
}

function refusedBy(method: string, error: ServiceError): Error {
  return banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what: method, reason: error.details }, new CallFailure(error.code, error.details));
}
