import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { ConnectError, type Transport } from '@connectrpc/connect';
import { type CallOptions, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { type Status, StatusSchema } from '../../gen/google/rpc/status_pb.ts';

/** A transport of Connect's clients that speaks gRPC by @grpc/grpc-js, and so tells how the reference client sees us. */
export function createGrpcJsTransport(address: string): Transport & { close(): void } {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    close: () => client.close(),
    unary: (method, signal, timeoutMs, header, input) => unary(client, { method, signal, timeoutMs, header }, input),
    stream: (method, signal, timeoutMs, header, input) => stream(client, { method, signal, timeoutMs, header }, input),
  } as Transport & { close(): void };
}

type Header = ConstructorParameters<typeof Headers>[0];

interface CallFacts<Method extends DescMethod> {
  method: Method;
  signal: AbortSignal | undefined;
  timeoutMs: number | undefined;
  header: Header;
}

async function unary<I extends DescMessage, O extends DescMessage>(
  client: Client,
  facts: CallFacts<DescMethodUnary<I, O>>,
  input: MessageInitShape<I>,
) {
  const { method, signal } = facts;
  const header = new Headers();
  const message = await new Promise<MessageShape<O>>((resolve, reject) => {
    const call = client.makeUnaryRequest(
      pathOf(method),
      serializerOf(method.input),
      deserializerOf(method.output),
      create(method.input, input),
      metadataOf(facts.header),
      optionsOf(facts.timeoutMs),
      (error, response) => (error === null ? resolve(response as MessageShape<O>) : reject(errorOf(error))),
    );
    call.on('metadata', (metadata: Metadata) => copyMetadata(metadata, header));
    signal?.addEventListener('abort', () => call.cancel());
  });
  return { stream: false, service: method.parent, method, header, message, trailer: new Headers() };
}

async function stream<I extends DescMessage, O extends DescMessage>(
  client: Client,
  facts: CallFacts<DescMethodStreaming<I, O>>,
  input: AsyncIterable<MessageInitShape<I>>,
) {
  const { method, signal } = facts;
  const call = client.makeBidiStreamRequest(
    pathOf(method),
    serializerOf(method.input),
    deserializerOf(method.output),
    metadataOf(facts.header),
    optionsOf(facts.timeoutMs),
  );
  signal?.addEventListener('abort', () => call.cancel());
  const header = new Headers();
  call.on('metadata', (metadata: Metadata) => copyMetadata(metadata, header));
  void send();
  async function send(): Promise<void> {
    for await (const message of input) call.write(create(method.input, message) as Message);
    call.end();
  }
  async function* receive(): AsyncGenerator<MessageShape<O>> {
    try {
      for await (const message of call) yield message as MessageShape<O>;
    } catch (error) {
      throw errorOf(error as ServiceError);
    } finally {
      call.cancel();
    }
  }
  return { stream: true, service: method.parent, method, header, message: receive(), trailer: new Headers() };
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function serializerOf(desc: DescMessage): (message: Message) => Buffer {
  return (message) => Buffer.from(toBinary(desc, message as never));
}

function deserializerOf(desc: DescMessage): (bytes: Buffer) => Message {
  return (bytes) => fromBinary(desc, new Uint8Array(bytes));
}

function optionsOf(timeoutMs: number | undefined): CallOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function metadataOf(header: Header): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of new Headers(header)) metadata.set(key, value);
  return metadata;
}

function copyMetadata(metadata: Metadata, header: Headers): void {
  for (const [key, value] of Object.entries(metadata.getMap())) header.set(key, String(value));
}

function errorOf(error: ServiceError): ConnectError {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const status: Status | null = bytes === undefined ? null : fromBinary(StatusSchema, bytes as Buffer);
  return new ConnectError(
    error.details,
    error.code as number,
    undefined,
    status?.details.flatMap(detailOf) ?? [],
    error,
  );
}

const detailTypes = [ErrorInfoSchema, BadRequestSchema, RetryInfoSchema, ResourceInfoSchema];

function detailOf(detail: Status['details'][number]): { desc: DescMessage; value: Record<string, unknown> }[] {
  for (const desc of detailTypes) {
    const value = anyUnpack(detail, desc);
    if (value !== undefined) return [{ desc, value: value as unknown as Record<string, unknown> }];
  }
  return [];
}
