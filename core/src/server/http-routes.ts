/** Which route serves a request. Routes may be added while the server runs; a path that ends in `/*` serves all below it. */
import type { HttpRoute } from '../contract/server.js';
import { serverErrors } from './errors.js';

type Method = HttpRoute['method'];

export class RouteTable {
  private readonly exact = new Map<string, Map<Method, HttpRoute>>();
  private readonly prefixes = new Map<string, Map<Method, HttpRoute>>();

  constructor(private readonly listener: string) {}

  add(route: HttpRoute): void {
    const isPrefix = route.path.endsWith('/*');
    const table = isPrefix ? this.prefixes : this.exact;
    const key = isPrefix ? route.path.slice(0, -1) : route.path;
    const methods = table.get(key) ?? new Map<Method, HttpRoute>();
    if (methods.has(route.method)) {
      throw serverErrors.METERLARK_SERVER_ROUTE_TAKEN({ listener: this.listener, route: `${route.method} ${route.path}` });
    }
    table.set(key, methods.set(route.method, route));
  }

  /** Throws the error for an unknown path or a method that the path does not serve. HEAD is a GET whose body is not sent. */
  find(method: string, path: string): HttpRoute {
    const methods = this.exact.get(path) ?? this.longestPrefix(path);
    if (methods === undefined) throw serverErrors.METERLARK_SERVER_NOT_FOUND();
    const route = methods.get((method === 'HEAD' ? 'GET' : method) as Method);
    if (route === undefined) throw serverErrors.METERLARK_SERVER_METHOD_NOT_ALLOWED({ allowed: [...methods.keys()].join(', ') });
    return route;
  }

  private longestPrefix(path: string): Map<Method, HttpRoute> | undefined {
    for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const methods = this.prefixes.get(path.slice(0, end + 1));
      if (methods !== undefined) return methods;
      if (end === 0) return undefined;
    }
    return undefined;
  }
}
