import type { HttpListener, HttpRequest, HttpResponse } from '../rpc/http-listener.ts';
import type { ServingStatus } from '../rpc/serving-status.ts';

/** MetricsPage writes what was counted, in the form that its media type names. */
export interface MetricsPage {
  contentType: string;
  render(): Promise<string>;
}

/** Answers what is no RPC: /healthz (the process lives), /readyz (it takes calls), /metrics; anything else is 404. */
export function createProbes(serving: ServingStatus, metrics: MetricsPage): HttpListener {
  const pages: Record<string, () => Promise<Page>> = {
    '/healthz': async () => json(200, { status: 'ok' }),
    '/readyz': async () =>
      serving.isServing ? json(200, { status: 'serving' }) : json(503, { status: 'not serving' }),
    '/metrics': async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.render() }),
  };
  return (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    void pageFor(page, isRead, path)
      .catch(() => json(500, { code: 'internal', message: 'the page could not be made' }))
      .then((made) => send(made, request, response));
  };
}

interface Page {
  status: number;
  contentType: string;
  body: string;
}

async function pageFor(page: (() => Promise<Page>) | undefined, isRead: boolean, path: string): Promise<Page> {
  if (page === undefined) {
    const message = `there is nothing at ${path}; RPCs are POST /threadkeep.v1.SessionService/<name>`;
    return json(404, { code: 'unimplemented', message });
  }
  return isRead ? page() : json(405, { code: 'unimplemented', message: `${path} can only be read; use GET` });
}

function send({ status, contentType, body }: Page, request: HttpRequest, response: HttpResponse): void {
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  response.setHeader('cache-control', 'no-store');
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}

function json(status: number, content: Record<string, string>): Page {
  return { status, contentType: 'application/json', body: `${JSON.stringify(content)}\n` };
}
