/** Answers as the promise does, or throws the signal's reason once it has aborted `graceMs` ago. */
export function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal, graceMs = 0): Promise<Result> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const giveUp = () => reject(signal.reason);
    const abort = () => {
      if (graceMs === 0) giveUp();
      else timer = setTimeout(giveUp, graceMs);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const letGo = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    promise.then(
      (result) => {
        letGo();
        resolve(result);
      },
      (fault) => {
        letGo();
        reject(fault);
      },
    );
  });
}
