import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { reflectionServices } from '../../src/rpc/reflection-service.ts';
import { WAYS } from '../conformance/ways.ts';
import { partlyServed, serveServices } from './serve-services.ts';

let port: Awaited<ReturnType<typeof serveServices>>;
let opened: ReturnType<(typeof WAYS)[number]['open']>;
beforeAll(async () => {
  port = await serveServices({
    services: reflectionServices([partlyServed(SessionService, {}), partlyServed(Health, {})]),
  });
  opened = WAYS[0]!.open(port.address);
});
afterAll(async () => {
  opened.close();
  await port.close();
});

type Ask = Parameters<typeof ask>[1];

async function ask(service: typeof ServerReflection | typeof ServerReflectionAlpha, messageRequest: object) {
  const client = createClient(service as typeof ServerReflection, opened.transport);
  async function* requests() {
    yield { host: 'here', messageRequest } as never;
  }
  for await (const answer of client.serverReflectionInfo(requests())) return answer;
  throw new Error('no answer');
}

function filesOf(answer: Awaited<ReturnType<typeof ask>>) {
  if (answer.messageResponse.case !== 'fileDescriptorResponse') throw new Error(`${answer.messageResponse.case}`);
  return answer.messageResponse.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

describe.each([ServerReflection, ServerReflectionAlpha])('$typeName', (service) => {
  const about = (messageRequest: Ask) => ask(service, messageRequest);

  test('lists every service of the port', async () => {
    const answer = await about({ case: 'listServices', value: '' });
    expect(answer).toMatchObject({ validHost: 'here', originalRequest: { host: 'here' } });
    expect(answer.messageResponse.value).toMatchObject({
      service: [
        { name: 'grpc.health.v1.Health' },
        { name: 'grpc.reflection.v1.ServerReflection' },
        { name: 'grpc.reflection.v1alpha.ServerReflection' },
        { name: 'threadkeep.v1.SessionService' },
      ],
    });
  });

  test('a file comes first, and with all that it imports', async () => {
    const files = filesOf(await about({ case: 'fileByFilename', value: 'threadkeep/v1/session_service.proto' }));
    expect(files[0]?.name).toBe('threadkeep/v1/session_service.proto');
    const names = new Set(files.map(({ name }) => name));
    expect(files.flatMap(({ dependency }) => dependency).filter((name) => !names.has(name))).toEqual([]);
    expect(files[0]?.service[0]?.method.map(({ name }) => name)).toEqual(
      SessionService.methods.map(({ name }) => name),
    );
  });

  test.each([
    ['threadkeep.v1.SessionService', 'threadkeep/v1/session_service.proto'],
    ['threadkeep.v1.SessionService.Start', 'threadkeep/v1/session_service.proto'],
    ['threadkeep.v1.Message', 'threadkeep/v1/message.proto'],
    ['threadkeep.v1.Message.turn_id', 'threadkeep/v1/message.proto'],
    ['threadkeep.v1.Role', 'threadkeep/v1/message.proto'],
    ['google.rpc.ErrorInfo', 'google/rpc/error_details.proto'],
    ['google.rpc.BadRequest.FieldViolation', 'google/rpc/error_details.proto'],
    ['google.protobuf.Duration', 'google/protobuf/duration.proto'],
  ])('symbol %s is in %s', async (symbol, file) => {
    expect(filesOf(await about({ case: 'fileContainingSymbol', value: symbol }))[0]?.name).toBe(file);
  });

  test.each([
    { case: 'fileByFilename', value: 'threadkeep/v1/none.proto' },
    { case: 'fileContainingSymbol', value: 'threadkeep.v1.None' },
    { case: 'fileContainingSymbol', value: 'threadkeep.v1.Message.none' },
    { case: 'fileContainingExtension', value: { containingType: 'threadkeep.v1.Message', extensionNumber: 7 } },
    { case: 'allExtensionNumbersOfType', value: 'threadkeep.v1.None' },
  ])('what is not there is an error answer of code NOT_FOUND: $case $value', async (request) => {
    const { messageResponse } = await about(request);
    expect(messageResponse).toMatchObject({ case: 'errorResponse', value: { errorCode: 5 } });
  });

  test('a type without extensions has none', async () => {
    const { messageResponse } = await about({ case: 'allExtensionNumbersOfType', value: 'threadkeep.v1.Message' });
    expect(messageResponse).toMatchObject({
      case: 'allExtensionNumbersResponse',
      value: { baseTypeName: 'threadkeep.v1.Message', extensionNumber: [] },
    });
  });

  test('a request for nothing is an error answer of code INVALID_ARGUMENT', async () => {
    expect((await about({ case: undefined })).messageResponse).toMatchObject({
      case: 'errorResponse',
      value: { errorCode: 3 },
    });
  });
});
