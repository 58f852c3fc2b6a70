import { modelError } from './model.ts';

export interface FetchLimits {
  /** The only server that may be talked to. */
  readonly origin: string;
  /** Most bytes of an answer, events of a stream included. */
  readonly maxResponseBytes: number;
}

/**
 * A `fetch` that talks to one server only, follows no redirect, takes nothing but JSON and event streams for
 * an answer, and stops reading one that is too large. Keys travel in headers: a redirect would take them
 * along.
 */
export function createGuardedFetch({ origin, maxResponseBytes }: FetchLimits): typeof globalThis.fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== origin) {
      throw modelError(
        'VTC_LLM_UNAVAILABLE',
        'A request would have gone to a server that is not configured',
        {
          facts: { reason: 'foreign_server' },
        },
      );
    }
    const response = await fetch(input, { ...init, redirect: 'manual' });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw modelError(
        'VTC_LLM_UNAVAILABLE',
        `The provider answered with a redirect (HTTP ${response.status}), which is not followed; set the base URL to where it leads`,
        { facts: { reason: 'redirect', status: response.status } },
      );
    }
    if (response.ok && !isReadable(response.headers.get('content-type'))) {
      await response.body?.cancel();
      throw modelError(
        'VTC_LLM_UNAVAILABLE',
        'The provider answered with something that is neither JSON nor an event stream; check the base URL',
        { facts: { reason: 'wrong_content_type', status: response.status } },
      );
    }
    if (response.body === null) return response;
    return new Response(response.body.pipeThrough(byteLimit(maxResponseBytes)), {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function isReadable(contentType: string | null): boolean {
  const [type = ''] = (contentType ?? '').toLowerCase().split(';', 1);
  return /^(?:text\/event-stream|application\/(?:[a-z0-9.-]+\+)?json)$/.test(type.trim());
}

function byteLimit(maxBytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) controller.enqueue(chunk);
      else {
        controller.error(
          modelError('VTC_LLM_INVALID', `Expected an answer of at most ${maxBytes} bytes; more came`, {
            facts: { reason: 'too_large', max_bytes: maxBytes },
          }),
        );
      }
    },
  });
}
