import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
  type Message,
} from '@bufbuild/protobuf';
import { type Any, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** The contract of the conformance suite, as far as a server needs it; read from the suite itself. */
export interface ConformanceContract {
  registry: FileRegistry;
  service: DescService;
  serverRequest: DescMessage;
  serverResponse: DescMessage;
  requestInfo: DescMessage;
}

/** What the suite asks of the server that it starts. */
export interface ServerRequest extends Message {
  httpVersion: number;
  useTls: boolean;
  messageReceiveLimit: number;
  serverCreds?: { cert: Uint8Array; key: Uint8Array };
}

/** What the suite tells a handler to send back: with one answer, or with many. */
export interface AskedResponse {
  responseHeaders: AskedHeader[];
  responseTrailers: AskedHeader[];
  responseDelayMs: number;
}

/** An answer of one message, or an error in its place. */
export interface AskedAnswer extends AskedResponse {
  response: { case: 'responseData'; value: Uint8Array } | { case: 'error'; value: AskedFault } | { case: undefined };
}

/** A stream of answers, and how it ends. */
export interface AskedStream extends AskedResponse {
  responseData: Uint8Array[];
  error?: AskedFault;
}

/** A request of any RPC; the first one of a stream says what is asked. */
export interface AskingRequest<Asked extends AskedResponse> extends Message {
  responseDefinition?: Asked;
  fullDuplex?: boolean;
}

/** An error that a handler is told to throw. */
export interface AskedFault {
  code: number;
  message?: string;
  details: Any[];
}

interface AskedHeader {
  name: string;
  value: string[];
}

const PACKAGE = 'connectrpc.conformance.v1';

/** Reads the contract from descriptors in a file. */
export function readConformanceContract(path: string): ConformanceContract {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));
  const service = registry.getService(`${PACKAGE}.ConformanceService`);
  if (service === undefined) throw new Error(`${path} does not describe the conformance suite`);
  return {
    registry,
    service,
    serverRequest: messageOf(registry, 'ServerCompatRequest'),
    serverResponse: messageOf(registry, 'ServerCompatResponse'),
    requestInfo: messageOf(registry, 'ConformancePayload.RequestInfo'),
  };
}

function messageOf(registry: FileRegistry, name: string): DescMessage {
  const message = registry.getMessage(`${PACKAGE}.${name}`);
  if (message === undefined) throw new Error(`the conformance suite has no message ${name}`);
  return message;
}
