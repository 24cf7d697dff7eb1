import { readFileSync } from 'node:fs';
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type CallOptions, ConnectError } from '@connectrpc/connect';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import type {
  WatchExpiryRequest,
  WatchExpiryRequestSchema,
  WatchExpiryResponse,
} from '../../../gen/threadkeep/v1/watch_pb.ts';

const SERVICE_CONFIG = readFileSync('proto/service-config.json', 'utf8');

/** GrpcCaller is a gRPC client of several instances at once, with the balancing and the retries of proto/service-config.json. */
export class GrpcCaller {
  readonly #client: Client;

  /** Takes loopback ports. */
  constructor(ports: readonly number[]) {
    const target = `ipv4:${ports.map((port) => `127.0.0.1:${port}`).join(',')}`;
    this.#client = new Client(target, credentials.createInsecure(), { 'grpc.service_config': SERVICE_CONFIG });
  }

  /** Calls a method; rejects with grpc-js' ServiceError. */
  call<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodUnary<Input, Output>,
    request: MessageInitShape<Input>,
    { deadlineMs }: { deadlineMs: number },
  ): Promise<MessageShape<Output>> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<MessageShape<Input>, MessageShape<Output>>(
        pathOf(method),
        (input) => Buffer.from(toBinary(method.input, input)),
        (bytes) => fromBinary(method.output, bytes),
        create(method.input, request),
        { deadline: Date.now() + deadlineMs },
        (error: ServiceError | null, answer) => (answer === undefined ? reject(error) : resolve(answer)),
      );
    });
  }

  /** Follows the log as a generated client does; rejects with a ConnectError of the same code. */
  async *watchExpiry(
    request: MessageInitShape<typeof WatchExpiryRequestSchema>,
    { signal }: CallOptions = {},
  ): AsyncGenerator<WatchExpiryResponse> {
    const method = SessionService.method.watchExpiry;
    const stream = this.#client.makeServerStreamRequest<WatchExpiryRequest, WatchExpiryResponse>(
      pathOf(method),
      (input) => Buffer.from(toBinary(method.input, input)),
      (bytes) => fromBinary(method.output, bytes),
      create(method.input, request),
    );
    const cancel = () => stream.cancel();
    signal?.addEventListener('abort', cancel);
    try {
      yield* stream;
    } catch (error) {
      throw new ConnectError((error as ServiceError).details, (error as ServiceError).code as number);
    } finally {
      signal?.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }
}

function pathOf({ parent, name }: { parent: { typeName: string }; name: string }): string {
  return `/${parent.typeName}/${name}`;
}
