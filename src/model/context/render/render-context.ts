import { renderAnthropic } from './anthropic.ts';
import { renderGemini } from './gemini.ts';
import { renderOpenAiChat } from './openai-chat.ts';
import type { RenderInput } from './render-input.ts';

/** ContextFormat is the form of a rendered context; NEUTRAL renders nothing, since its messages say it all. */
export type ContextFormat = 'NEUTRAL' | 'OPENAI_CHAT' | 'ANTHROPIC' | 'GEMINI';

/** Renders a context as JSON text ready to send; empty in format NEUTRAL. */
export function renderContext(format: ContextFormat, input: RenderInput): string {
  switch (format) {
    case 'NEUTRAL':
      return '';
    case 'OPENAI_CHAT':
      return renderOpenAiChat(input);
    case 'ANTHROPIC':
      return renderAnthropic(input);
    case 'GEMINI':
      return renderGemini(input);
  }
}
