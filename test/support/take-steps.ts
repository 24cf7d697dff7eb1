/** Takes so many steps of a stream and leaves it open. */
export async function takeSteps<Step>(stream: AsyncGenerator<Step>, count: number): Promise<Step[]> {
  const steps: Step[] = [];
  while (steps.length < count) {
    const { value, done } = await stream.next();
    if (done) break;
    steps.push(value);
  }
  return steps;
}
