/** Converts each step of a stream; what ends it passes through unchanged. */
export async function* mapSteps<From, To>(steps: AsyncIterable<From>, convert: (step: From) => To): AsyncGenerator<To> {
  for await (const step of steps) yield convert(step);
}
