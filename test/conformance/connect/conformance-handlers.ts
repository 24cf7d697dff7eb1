import { setTimeout as sleep } from 'node:timers/promises';
import type { DescMethod, Message } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import type {
  AskedAnswer,
  AskedFault,
  AskedResponse,
  AskedStream,
  AskingRequest,
  ConformanceContract,
} from './conformance-contract.ts';

/** What a handler knows of its call, whatever serves it. */
export interface ConformanceCall {
  requestHeader: Headers;
  responseHeader: Headers;
  responseTrailer: Headers;
  /** Null = the caller named no deadline. */
  timeoutMs: number | null;
  signal: AbortSignal;
}

/** An error that the suite asked for; it goes to the caller as it is. */
export class AskedError extends ConnectError {}

type AnswerRequest = AskingRequest<AskedAnswer>;
type StreamRequest = AskingRequest<AskedStream>;

/** Creates the handlers that the suite describes, by the names of their RPCs. */
export function createConformanceHandlers(contract: ConformanceContract) {
  const { service, requestInfo } = contract;
  const method = (name: string) => service.method[name]!;
  const answer = (name: string) => (request: AnswerRequest, call: ConformanceCall) =>
    answerOnce(new Echo(method(name), requestInfo, call), [request]);
  return {
    unary: answer('unary'),
    idempotentUnary: answer('idempotentUnary'),
    async unimplemented(): Promise<never> {
      throw new ConnectError('the suite has this RPC unimplemented', Code.Unimplemented);
    },
    async clientStream(requests: AsyncIterable<AnswerRequest>, call: ConformanceCall) {
      const collected: AnswerRequest[] = [];
      for await (const request of requests) collected.push(request);
      return answerOnce(new Echo(method('clientStream'), requestInfo, call), collected);
    },
    serverStream: (request: StreamRequest, call: ConformanceCall) =>
      answerMany(new Echo(method('serverStream'), requestInfo, call), [request]),
    bidiStream: (requests: AsyncIterable<StreamRequest>, call: ConformanceCall) =>
      answerMany(new Echo(method('bidiStream'), requestInfo, call), requests),
  };
}

/** Echo tells a caller what was seen of its call. */
class Echo {
  readonly #method: DescMethod;
  readonly #requestInfo: ConformanceContract['requestInfo'];
  readonly #call: ConformanceCall;

  constructor(method: DescMethod, requestInfo: ConformanceContract['requestInfo'], call: ConformanceCall) {
    this.#method = method;
    this.#requestInfo = requestInfo;
    this.#call = call;
  }

  /** Sets the headers and trailers that are asked for. */
  begin(asked: AskedResponse | undefined): void {
    const { responseHeader, responseTrailer } = this.#call;
    for (const { name, value } of asked?.responseHeaders ?? [])
      for (const one of value) responseHeader.append(name, one);
    for (const { name, value } of asked?.responseTrailers ?? [])
      for (const one of value) responseTrailer.append(name, one);
  }

  /** Everything that is known of the call, with the requests that are to be named. */
  infoOf(requests: readonly Message[]) {
    const { requestHeader, timeoutMs } = this.#call;
    return {
      requestHeaders: [...requestHeader].map(([name, value]) => ({ name, value: [value] })),
      ...(timeoutMs === null ? {} : { timeoutMs: BigInt(Math.round(timeoutMs)) }),
      ...this.requestsOf(requests),
    };
  }

  requestsOf(requests: readonly Message[]): { requests: Any[] } {
    return { requests: requests.map((request) => anyPack(this.#method.input, request)) };
  }

  /** Makes an error that is asked for; what was seen of the call goes with it where nothing told it before. */
  faultOf(asked: AskedFault, info: object | null): AskedError {
    const error = new AskedError(
      asked.message ?? '',
      asked.code,
      undefined,
      info === null ? [] : [{ desc: this.#requestInfo, value: info as Record<string, unknown> }],
    );
    const details = asked.details.map(({ typeUrl, value }) => ({ type: typeUrl.split('/').at(-1)!, value }));
    error.details.unshift(...details);
    return error;
  }

  async pause(asked: AskedResponse | undefined): Promise<void> {
    const { signal } = this.#call;
    if (asked?.responseDelayMs) await sleep(asked.responseDelayMs, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  }
}

async function answerOnce(echo: Echo, requests: readonly AnswerRequest[]) {
  const asked = requests[0]?.responseDefinition;
  echo.begin(asked);
  await echo.pause(asked);
  const info = echo.infoOf(requests);
  if (asked?.response.case === 'error') throw echo.faultOf(asked.response.value, info);
  const data = asked?.response.case === 'responseData' ? asked.response.value : new Uint8Array();
  return { payload: { data, requestInfo: info } };
}

/** Answers each request as it comes where both sides are to talk at once; what is left of the answers follows at the end. */
async function* answerMany(echo: Echo, requests: AsyncIterable<StreamRequest> | StreamRequest[]) {
  let asked: AskedStream | undefined;
  let isAtOnce = false;
  let untold: StreamRequest[] = [];
  let answers = 0;
  const answer = async (data: Uint8Array) => {
    await echo.pause(asked);
    const info = answers === 0 ? echo.infoOf(untold) : echo.requestsOf(untold);
    answers += 1;
    untold = [];
    return { payload: { data, requestInfo: info } };
  };
  for await (const request of requests) {
    if (asked === undefined) {
      asked = request.responseDefinition;
      isAtOnce = request.fullDuplex === true;
      echo.begin(asked);
    }
    untold.push(request);
    const data = asked?.responseData[answers];
    if (!isAtOnce) continue;
    if (data === undefined) break;
    yield await answer(data);
  }
  for (const data of asked?.responseData.slice(answers) ?? []) yield await answer(data);
  if (asked?.error !== undefined) throw echo.faultOf(asked.error, answers === 0 ? echo.infoOf(untold) : null);
}
