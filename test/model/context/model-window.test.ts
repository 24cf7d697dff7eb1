import { expect, test } from 'vitest';
import { modelWindow } from '../../../src/model/context/model-window.ts';

test('modelWindow: the longest known start of a name decides, whoever sells the model', () => {
  const models = ['gpt-4', 'gpt-4o-mini', 'openai/gpt-4.1', 'o1-mini', 'anthropic/claude-sonnet-4', 'GEMINI-2.5-pro'];
  expect(models.map(modelWindow)).toEqual([8192, 128_000, 1_047_576, 128_000, 200_000, 1_048_576]);
});

test('modelWindow: an unknown model has none', () => {
  expect([modelWindow(''), modelWindow('our-own')]).toEqual([0, 0]);
});
