import type { Model, ModelRequest } from './model.ts';
import { redactSecrets } from './secrets.ts';

/** Takes secrets out of everything that would leave: no caller can forget it. */
export function withRedaction(inner: Model): Model {
  const redacted = (request: ModelRequest): ModelRequest => ({
    ...request,
    system: redactSecrets(request.system),
    messages: request.messages.map(({ role, content }) => ({ role, content: redactSecrets(content) })),
  });
  return {
    generate: (request) => inner.generate(redacted(request)),
    stream: (request) => inner.stream(redacted(request)),
  };
}
