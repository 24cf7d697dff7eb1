import { cors } from '@connectrpc/connect';
import type { HttpListener, HttpRequest } from '../rpc/http-listener.ts';

const OWN_HEADERS = ['Authorization', 'X-Api-Key', 'X-Request-Id', 'Threadkeep-Tenant'];
const ALLOWED_METHODS = cors.allowedMethods.join(', ');
const ALLOWED_HEADERS = [...cors.allowedHeaders, ...OWN_HEADERS].join(', ');
const EXPOSED_HEADERS = [...cors.exposedHeaders, 'X-Request-Id'].join(', ');
/** The longest that browsers keep a preflight's answer, in s. */
const PREFLIGHT_SECONDS = '7200';

/** Returns what the answer to a page of an origin carries, so that browsers give it to pages of the listed origins alone. */
export function corsHeaders(origins: readonly string[], origin: string | undefined): Record<string, string> {
  if (origins.length === 0) return {};
  if (origin === undefined || !(origins.includes('*') || origins.includes(origin))) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS,
  };
}

/**
 * Lets web pages of the listed origins (`*` = all) call the listener, and answers preflights. Others get no CORS
 * headers, so that browsers keep the answer from them.
 */
export function withCors(origins: readonly string[], listener: HttpListener): HttpListener {
  if (origins.length === 0) return listener;
  return (request, response) => {
    const headers = corsHeaders(origins, request.headers.origin);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!isPreflight(request)) return listener(request, response);
    if ('access-control-allow-origin' in headers) {
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
