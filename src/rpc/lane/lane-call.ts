import { deadlineOf } from '../calls.ts';
import { toldError } from '../connect-error.ts';
import type { Later } from '../later.ts';
import type { TimeLimit } from '../leash.ts';
import { ArrivingCall, type ArrivingParts } from './arriving-call.ts';
import type { LaneMethod } from './lane-method.ts';
import type { AnswerTerms, LaneProtocol } from './lane-protocol.ts';

/** LaneCallParts are a request, with what tells how to answer it. */
export interface LaneCallParts extends ArrivingParts {
  method: LaneMethod;
  protocol: LaneProtocol;
  /** Begins the time of calls, a turn after they came. */
  deadlines: Later<LaneCall>;
}

/** LaneCall takes one unary call through the steps of Calls, and answers it once. */
export class LaneCall extends ArrivingCall<LaneCallParts> {
  #timer: NodeJS.Timeout | undefined;

  protected answer(request: unknown): void {
    const { calls, method, deadlines } = this.parts;
    deadlines.add(this);
    method.handle(request, this.call.caller, this.call).then(
      (answer) => this.#succeed(answer),
      (error) => {
        if (!this.isOver) this.fail(calls.refuse(this.call, error));
      },
    );
  }

  /** Begins what is left of the call's time, unless it is over. */
  begin(): void {
    const limit = this.isOver ? null : deadlineOf(this.call);
    if (limit !== null) this.#timer = setTimeout(() => this.#expire(limit), limit.ms);
  }

  protected fail(error: unknown): void {
    if (this.isOver) return;
    const { protocol, carrier } = this.parts;
    this.settle(error);
    carrier.send(protocol.fail(toldError(error), this.#terms()));
  }

  protected override settle(error: unknown): void {
    clearTimeout(this.#timer);
    super.settle(error);
  }

  /** The handler says what it waits for; one that does not notice is not waited for. */
  #expire({ graceMs, reason }: TimeLimit): void {
    const outOfTime = reason();
    this.#timer = setTimeout(() => this.fail(this.parts.calls.refuse(this.call, outOfTime)), graceMs);
    this.controller.abort(outOfTime);
  }

  #succeed(answer: unknown): void {
    if (this.isOver) return;
    const { method, protocol, carrier } = this.parts;
    this.call.isAnswered = true;
    try {
      const sent = protocol.succeed(method.serialize(answer, protocol.isBinary), this.#terms());
      this.settle(null);
      carrier.send(sent);
    } catch (error) {
      this.fail(error);
    }
  }

  #terms(): AnswerTerms {
    return { requestId: this.call.requestId, added: this.headers.added, compression: this.parts.compression };
  }
}
