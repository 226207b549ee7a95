/** What the shared servers and their settings can say. */
import { defineErrors } from '../kernel/error.js';

export const serverErrors = defineErrors({
  METERLARK_SERVER_PORT_TAKEN: {
    class: 'permanent',
    message: 'the {listener} port {port} on {host} is already in use',
    cure: 'Stop the process that has it, or set another port: {setting} in the settings file or {env}.',
  },
  METERLARK_SERVER_PORT_NOT_PERMITTED: {
    class: 'permanent',
    message: 'this process may not open the {listener} port {port} on {host}',
    cure: 'Choose a port above 1023 with {setting} in the settings file or {env}, or give the process the right to bind low ports.',
  },
  METERLARK_SERVER_BAD_HOST: {
    class: 'permanent',
    message: 'the {listener} port {port} cannot be opened on {host}: {reason}',
    cure: 'Set {setting} in the settings file or {env} to an address of this machine, 0.0.0.0 or 127.0.0.1.',
  },
  METERLARK_SERVER_LISTEN_FAILED: {
    class: 'permanent',
    message: 'the {listener} port {port} on {host} cannot be opened: {reason}',
    cure: 'See the reason; the port is {setting} in the settings file or {env}.',
  },
  METERLARK_SERVER_TLS_INCOMPLETE: {
    class: 'permanent',
    message: 'TLS of the {listener} listener needs both a certificate and a key; {missing} is not set',
    cure: 'Set {missing} in the settings file or {env}, or clear the other TLS settings of this listener.',
  },
  METERLARK_SERVER_TLS_UNREADABLE: {
    class: 'permanent',
    message: 'the TLS file {file} of the {listener} listener cannot be read: {reason}',
    cure: 'Correct {setting} in the settings file or {env}; a relative path starts at the root folder.',
  },
  METERLARK_SERVER_TLS_INVALID: {
    class: 'permanent',
    message: 'the TLS certificate and key of the {listener} listener cannot be used: {reason}',
    cure: 'Give PEM files, a certificate chain and the key that belongs to it, in {setting} of the settings file or {env}.',
  },
  METERLARK_SERVER_LISTENER_REFUSED: {
    class: 'permanent',
    message: '{provider} asked for a port of its own {reason}',
    cure: 'Let the plugin ask once, in its start.',
  },
  METERLARK_SERVER_ROUTE_TAKEN: {
    class: 'permanent',
    message: '{route} of the {listener} server is already served by another plugin',
    cure: 'Switch one of the two plugins off, or give it another path.',
  },
  METERLARK_SERVER_DRAINING: {
    class: 'retryable',
    message: 'the server is {state} and takes no requests',
    cure: 'Send the request to another server, or again after a moment.',
  },
  METERLARK_SERVER_BUSY: {
    class: 'retryable',
    message: 'the {listener} server has {limit} requests in flight and takes no more',
    cure: 'Try again after a moment; the limit is {setting} ({env}).',
  },
  METERLARK_SERVER_TOO_MANY_BYTES: {
    class: 'retryable',
    message: 'the requests in flight hold nearly {limit} bytes, and the server takes no more',
    cure: 'Try again after a moment; the limit is {setting} ({env}).',
  },
  METERLARK_SERVER_CALL_ENDED: {
    class: 'retryable',
    message: 'the call ended before its client had sent everything',
    cure: 'Nothing if the client was stopped; otherwise look at its deadline and at the connection.',
  },
  METERLARK_SERVER_UNAUTHENTICATED: {
    class: 'permanent',
    message: 'the bearer token is missing or wrong',
    cure: 'Send the header authorization: Bearer <token> with the token in {setting} ({env}).',
  },
  METERLARK_SERVER_NOT_FOUND: {
    class: 'permanent',
    message: 'nothing is served at this path',
    cure: 'Check the path and the port; the ready line names the ports.',
  },
  METERLARK_SERVER_METHOD_NOT_ALLOWED: {
    class: 'permanent',
    message: 'this path is served for {allowed} only',
    cure: 'Use {allowed}.',
  },
  METERLARK_SERVER_BODY_TOO_LARGE: {
    class: 'permanent',
    message: 'the body is larger than {limit} bytes, as sent or inflated',
    cure: 'Send smaller batches, or raise {setting} ({env}).',
  },
  METERLARK_SERVER_UNSUPPORTED_ENCODING: {
    class: 'permanent',
    message: 'this content-encoding is not understood',
    cure: 'Send the body as gzip, deflate or identity.',
  },
  METERLARK_SERVER_UNSUPPORTED_MEDIA_TYPE: {
    class: 'permanent',
    message: 'this path does not take the content type "{given}"',
    cure: 'Send it as {accepted}.',
  },
  METERLARK_SERVER_BAD_REQUEST: {
    class: 'permanent',
    message: 'the request cannot be read: {reason}',
    cure: 'Send a well-formed path, and a body that matches its content-length and content-encoding.',
  },
  METERLARK_SERVER_INTERNAL: {
    class: 'permanent',
    message: 'the server failed on this request',
    cure: 'See the server log at the time of the request.',
  },
});
