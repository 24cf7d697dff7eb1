import { cors } from '@connectrpc/connect';
import type { HttpListener, HttpRequest } from '../rpc/rpc-listener.ts';

const OWN_HEADERS = ['Authorization', 'X-Api-Key', 'X-Request-Id', 'Threadkeep-Tenant'];
const ALLOWED_METHODS = cors.allowedMethods.join(', ');
const ALLOWED_HEADERS = [...cors.allowedHeaders, ...OWN_HEADERS].join(', ');
const EXPOSED_HEADERS = [...cors.exposedHeaders, 'X-Request-Id'].join(', ');
/** The longest that browsers keep a preflight's answer, in s. */
const PREFLIGHT_SECONDS = '7200';

/**
 * Lets web pages of the listed origins (`*` = all) call the listener, and answers preflights. Others get no CORS
 * headers, so that browsers keep the answer from them.
 */
export function withCors(origins: readonly string[], listener: HttpListener): HttpListener {
  if (origins.length === 0) return listener;
  const isAllowed = (origin: string) => origins.includes('*') || origins.includes(origin);
  return (request, response) => {
    const { origin } = request.headers;
    response.setHeader('vary', 'Origin');
    if (origin !== undefined && isAllowed(origin)) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
    }
    if (!isPreflight(request)) return listener(request, response);
    if (origin !== undefined && isAllowed(origin)) {
      response.setHeader('access-control-allow-methods', ALLOWED_METHODS);
      response.setHeader('access-control-allow-headers', ALLOWED_HEADERS);
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    }
    response.statusCode = 204;
    response.end();
  };
}

function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
