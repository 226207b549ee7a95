/** Content types that a route takes, and what a body of each may measure. */
import type { AcceptedType, HttpRoute } from '../contract/server.js';
import { settingVariable } from '../kernel/env-names.js';
import { serverErrors } from './errors.js';
import type { BodyLimit } from './http-body.js';

/** Lower case, without parameters; "" when there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The smaller limit of server and route. Throws for a content type that the route does not take. */
export function limitFor(route: HttpRoute, contentType: string | undefined, ofServer: BodyLimit): BodyLimit {
  if (route.accepts === undefined) return ofServer;
  const mediaType = mediaTypeOf(contentType);
  const accepted = route.accepts.find((candidate) => candidate.mediaType === mediaType);
  if (accepted !== undefined) return smaller(accepted, ofServer);
  const types = route.accepts.flatMap((candidate) => (candidate.mediaType === '' ? [] : [candidate.mediaType])).join(' or ');
  throw serverErrors.METERLARK_SERVER_UNSUPPORTED_MEDIA_TYPE({ given: shortened(contentType ?? ''), accepted: types });
}

function smaller({ maxBodyBytes, setting }: AcceptedType, ofServer: BodyLimit): BodyLimit {
  if (maxBodyBytes === undefined || maxBodyBytes >= ofServer.bytes) return ofServer;
  if (setting === undefined) return { ...ofServer, bytes: maxBodyBytes };
  const { provider, key } = setting;
  return { bytes: maxBodyBytes, setting: `${provider} ${key}`, env: settingVariable(provider, [key]) };
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
