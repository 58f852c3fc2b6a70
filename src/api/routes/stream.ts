import Type from 'typebox';
import { tokenOf } from '../access.ts';
import type { ApiApp, ApiContext } from '../api-app.ts';
import type { EventHub } from '../event-hub.ts';
import { streamTopics } from '../openapi.ts';
import { ApiProblem } from '../problem.ts';
import { standardHeaders } from '../standard-headers.ts';

/** Server-sent events: what the pipeline publishes, as it publishes it. */
export function streamRoutes(app: ApiApp, { authenticator }: ApiContext, hub: EventHub): void {
  app.get(
    '/api/v1/stream',
    {
      exposeHeadRoute: false,
      config: { role: 'viewer' },
      schema: {
        tags: ['stream'],
        summary: 'Detections, threats, responses and alerts as they happen (server-sent events).',
        description:
          'Each event is named after its topic and carries its JSON. Nothing is replayed: after a reconnection, read the lists for what was missed. A client that reads too slowly is cut.',
        produces: ['text/event-stream'],
        querystring: Type.Object(
          {
            topic: Type.Optional(
              Type.String({
                maxLength: 200,
                description: `Comma-separated: ${streamTopics.join(', ')}. All when absent.`,
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.String({ description: 'An endless text/event-stream.' }) },
      },
    },
    async (request, reply) => {
      const topics = topicsOf(request.query.topic);
      if (hub.isFull) {
        throw new ApiProblem('unavailable', 'The stream has as many clients as it can serve.', {
          retryAfterSeconds: 30,
        });
      }
      reply.hijack();
      reply.raw.writeHead(200, {
        ...standardHeaders(request.id),
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
      const token = tokenOf(request) ?? '';
      hub.add({
        response: reply.raw,
        topics,
        isAllowed: async () => (await authenticator.authenticate(token)) !== null,
      });
    },
  );
}

function topicsOf(query: string | undefined): ReadonlySet<string> {
  const known = new Set<string>(streamTopics);
  const asked = query === undefined ? [...known] : query.split(',').map((topic) => topic.trim());
  const unknown = asked.find((topic) => !known.has(topic));
  if (unknown !== undefined) {
    throw new ApiProblem('invalid-request', 'There is no such topic to stream.', {
      errors: [{ field: 'querystring/topic', expected: `any of ${streamTopics.join(', ')}` }],
    });
  }
  return new Set(asked);
}
