import type { DescMethod } from '@bufbuild/protobuf';
import { type ConnectRouter, createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Scope } from './authenticate.ts';
import type { Call } from './call.ts';
import type { RpcCaller } from './caller.ts';
import type { Calls } from './calls.ts';
import type { AskedTimeout } from './granted-timeout.ts';
import type { ServedService } from './handlers.ts';
import { stepsUntilAborted } from './steps-until-aborted.ts';

const callKey = createContextKey<Call | null>(null);

/** Where the listener puts the timeout header, which the transport is not to act upon. */
export const timeoutKey = createContextKey<AskedTimeout | null>(null);

/** Registers every RPC of the services with a router, each behind the same steps. */
export function addRoutes(router: ConnectRouter, services: readonly ServedService[], calls: Calls): void {
  for (const { service, handlers } of services) {
    for (const method of service.methods) {
      const handler = handlers[method.localName] as AnyHandler;
      router.rpc(method as DescMethod & { methodKind: 'unary' }, implementationOf(method, handler, calls) as never);
    }
  }
}

/**
 * Opens a call before its request is read, and settles it when the transport is done with it: that is when the
 * context's signal aborts, just before an error is written. Throws where the caller may not call.
 */
export function createGate(services: readonly ServedService[], calls: Calls): (context: HandlerContext) => void {
  const scopes = scopesOf(services);
  return (context) => {
    const { method, protocolName: protocol, requestHeader, signal } = context;
    const header = (name: string) => requestHeader.get(name);
    const isBinary = BINARY_TYPE.test(header('content-type') ?? '') && context.requestMethod === 'POST';
    const arrived = { method, protocol, isBinary, header, headers: context, signal };
    const call = calls.open(arrived, scopes.get(method) ?? null);
    context.values.set(callKey, call);
    context.responseHeader.set('x-request-id', call.requestId);
    const settle = () => calls.settle(call, signal.reason);
    if (signal.aborted) settle();
    else signal.addEventListener('abort', settle, { once: true });
    calls.admit(call, context.values.get(timeoutKey));
  };
}

/** What requests in binary are mostly called; they are answered alike. */
const BINARY_TYPE = /^application\/(grpc(-web)?(\+proto)?|(connect\+)?proto)$/;

type AnyHandler = (request: unknown, caller: RpcCaller, call: Call) => never;
type Implementation = (request: never, context: HandlerContext) => unknown;

function implementationOf(method: DescMethod, handler: AnyHandler, calls: Calls): Implementation {
  switch (method.methodKind) {
    case 'unary':
      return (request, context) => calls.answer(callOf(context), (caller, call) => handler(request, caller, call));
    case 'server_streaming':
      return (request, context) => calls.follow(callOf(context), (caller, call) => handler(request, caller, call));
    case 'client_streaming':
      return (requests, context) =>
        calls.collect(callOf(context), (caller, call) =>
          handler(stepsUntilAborted(requests, caller.signal), caller, call),
        );
    case 'bidi_streaming':
      return (requests, context) =>
        calls.follow(callOf(context), (caller, call) =>
          handler(stepsUntilAborted(requests, caller.signal), caller, call),
        );
  }
}

function callOf(context: HandlerContext): Call {
  const call = context.values.get(callKey);
  if (call === null) throw new Error(`${context.method.name} was not opened`);
  return call;
}

function scopesOf(services: readonly ServedService[]): Map<DescMethod, Scope | null> {
  return new Map(
    services.flatMap(({ service, scopes }) =>
      service.methods.map((method): [DescMethod, Scope | null] => [method, scopes?.[method.localName] ?? null]),
    ),
  );
}
