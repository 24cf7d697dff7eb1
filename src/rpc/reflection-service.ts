import { createRegistry, type DescFile, type Registry, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.ts';
import {
  type ServerReflectionRequest as Request,
  ServerReflection,
} from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import {
  type ServerReflectionRequest as RequestAlpha,
  ServerReflection as ServerReflectionAlpha,
} from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { type ServedService, serve } from './handlers.ts';
import { mapSteps } from './map-steps.ts';

/**
 * Serves grpc.reflection.v1 and v1alpha over the files of the services, of these two, and of the error details, so
 * that tools can print the details of errors.
 */
export function reflectionServices(served: readonly ServedService[]): ServedService[] {
  const services = [...served.map(({ service }) => service), ServerReflection, ServerReflectionAlpha];
  const files = [...services.map(({ file }) => file), file_google_rpc_error_details].flatMap(withDependencies);
  const catalog: Catalog = {
    serviceNames: services.map(({ typeName }) => typeName).sort(),
    files: new Map(files.map((file) => [file.proto.name, file])),
    types: createRegistry(...new Set(files)),
  };
  const answer = <Asked extends Request | RequestAlpha>(request: Asked) => ({
    validHost: request.host,
    originalRequest: request,
    messageResponse: answerTo(request.messageRequest, catalog),
  });
  return [
    serve(ServerReflection, { serverReflectionInfo: (requests) => mapSteps(requests, answer) }, null),
    serve(ServerReflectionAlpha, { serverReflectionInfo: (requests) => mapSteps(requests, answer) }, null),
  ];
}

interface Catalog {
  serviceNames: string[];
  files: Map<string, DescFile>;
  types: Registry;
}

type Answer =
  | { case: 'listServicesResponse'; value: { service: { name: string }[] } }
  | { case: 'fileDescriptorResponse'; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: 'allExtensionNumbersResponse'; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: 'errorResponse'; value: { errorCode: number; errorMessage: string } };

function answerTo(asked: (Request | RequestAlpha)['messageRequest'], { serviceNames, files, types }: Catalog): Answer {
  switch (asked.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: serviceNames.map((name) => ({ name })) } };
    case 'fileByFilename':
      return fileAnswer(files.get(asked.value), `file ${asked.value}`);
    case 'fileContainingSymbol':
      return fileAnswer(fileOfSymbol(asked.value, types), `symbol ${asked.value}`);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = asked.value;
      const extendee = types.getMessage(containingType);
      const extension = extendee && types.getExtensionFor(extendee, extensionNumber);
      return fileAnswer(extension?.file, `extension ${extensionNumber} of ${containingType}`);
    }
    case 'allExtensionNumbersOfType':
      return extensionNumbersAnswer(asked.value, types);
    case undefined:
      return errorAnswer(Code.InvalidArgument, 'the request asks for nothing; set one of its fields');
  }
}

function fileAnswer(file: DescFile | undefined, asked: string): Answer {
  if (file === undefined) return errorAnswer(Code.NotFound, `${asked} is not known here`);
  const files = [...new Set(withDependencies(file))];
  return {
    case: 'fileDescriptorResponse',
    value: { fileDescriptorProto: files.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)) },
  };
}

function extensionNumbersAnswer(typeName: string, types: Registry): Answer {
  if (types.getMessage(typeName) === undefined) return errorAnswer(Code.NotFound, `type ${typeName} is not known here`);
  const numbers = [...types].flatMap((type) =>
    type.kind === 'extension' && type.extendee.typeName === typeName ? [type.number] : [],
  );
  return { case: 'allExtensionNumbersResponse', value: { baseTypeName: typeName, extensionNumber: numbers } };
}

function errorAnswer(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}

/** Finds types and services by their full names, and fields, methods and enum values below these. */
function fileOfSymbol(symbol: string, types: Registry): DescFile | undefined {
  const type = types.get(symbol);
  if (type !== undefined) return type.file;
  const dot = symbol.lastIndexOf('.');
  const owner = types.get(symbol.slice(0, dot));
  return owner !== undefined && memberNames(owner).includes(symbol.slice(dot + 1)) ? owner.file : undefined;
}

function memberNames(owner: NonNullable<ReturnType<Registry['get']>>): string[] {
  switch (owner.kind) {
    case 'message':
      return [...owner.fields, ...owner.oneofs].map(({ name }) => name);
    case 'service':
      return owner.methods.map(({ name }) => name);
    case 'enum':
      return owner.values.map(({ name }) => name);
    case 'extension':
      return [];
  }
}

/** A file, then all that it imports, directly or not. Tools take the first one for what they asked for. */
function withDependencies(file: DescFile): DescFile[] {
  return [file, ...file.dependencies.flatMap(withDependencies)];
}
