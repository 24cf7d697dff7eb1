import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { createMethodUrl } from '@connectrpc/connect/protocol';
import type { Scope } from './authenticate.ts';
import type { Call } from './call.ts';
import type { RpcCaller } from './caller.ts';

/** Handler answers one RPC as a plain function: what guards every call stands in calls.ts. */
type Handler<Method extends DescMethod> =
  Method extends DescMethodUnary<infer Request, infer Response>
    ? (request: MessageShape<Request>, caller: RpcCaller, call: Call) => Promise<MessageInitShape<Response>>
    : Method extends DescMethodServerStreaming<infer Request, infer Response>
      ? (request: MessageShape<Request>, caller: RpcCaller, call: Call) => AsyncIterable<MessageInitShape<Response>>
      : Method extends DescMethodClientStreaming<infer Request, infer Response>
        ? (
            requests: AsyncIterable<MessageShape<Request>>,
            caller: RpcCaller,
            call: Call,
          ) => Promise<MessageInitShape<Response>>
        : Method extends DescMethodBiDiStreaming<infer Request, infer Response>
          ? (
              requests: AsyncIterable<MessageShape<Request>>,
              caller: RpcCaller,
              call: Call,
            ) => AsyncIterable<MessageInitShape<Response>>
          : never;

/** Handlers has one handler for each RPC of a service. */
export type Handlers<Service extends DescService> = {
  [Name in keyof Service['method']]: Handler<Service['method'][Name]>;
};

/** Scopes names the scope that each RPC of a service needs. */
export type Scopes<Service extends DescService> = { [Name in keyof Service['method']]: Scope };

/** ServedService is a service with its handlers; without scopes everybody may call it. */
export interface ServedService {
  service: DescService;
  handlers: Record<string, unknown>;
  scopes: Record<string, Scope> | null;
}

/** Returns the paths of the RPCs that answer streams. */
export function streamPathsOf(services: readonly ServedService[]): ReadonlySet<string> {
  const streams = services.flatMap(({ service }) => service.methods.filter(({ methodKind }) => methodKind !== 'unary'));
  return new Set(streams.map((method) => createMethodUrl('/', method)));
}

/** Puts a service together with handlers and scopes that fit it. */
export function serve<Service extends DescService>(
  service: Service,
  handlers: Handlers<Service>,
  scopes: Scopes<Service> | null,
): ServedService {
  return { service, handlers, scopes };
}
