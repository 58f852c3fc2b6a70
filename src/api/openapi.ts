import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { topics } from '../contracts/topics.ts';
import { isJsonObject } from '../json.ts';

const problems = {
  '4XX': problemAnswer('The request cannot be met as it stands.'),
  '5XX': problemAnswer('The server cannot meet it now; 503 says when to try again.'),
};

function problemAnswer(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

const eventRef = { $ref: '#/components/schemas/SecurityEvent' };
const lines = { schema: { type: 'string', description: 'One record a line.' } };

/** Described here and not in the route, because the route takes bytes and validates none of them. */
const eventsBody = {
  required: true,
  description:
    'Events in the envelope, or raw records of any sensor that is recognised. Content-Encoding gzip, deflate, br and zstd are undone.',
  content: {
    'application/json': {
      schema: { anyOf: [eventRef, { type: 'array', items: eventRef }, { type: 'object' }] },
    },
    'application/x-ndjson': lines,
    'text/plain': lines,
    'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
  },
};

/** OpenAPI 3.1, made from the schemas that requests are checked against. */
export const openapiOptions: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Vértice',
      description:
        'Events in; detections, threats and responses out. Every request under /api/v1 needs an API key. Errors are problem documents (RFC 9457). Lists are newest first and paged by cursor.',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { header: [] }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'vk_<key id>_<secret>' },
        header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  },
  refResolver: {
    buildLocalReference: ({ $id }, _base, _fragment, index) =>
      typeof $id === 'string' ? $id : `def-${index}`,
  },
  transformObject: (document) => {
    if (!('openapiObject' in document)) return {};
    const { openapiObject } = document;
    for (const path of Object.values(openapiObject.paths ?? {})) {
      for (const operation of Object.values(path ?? {})) {
        if (isJsonObject(operation) && isJsonObject(operation['responses'])) {
          Object.assign(operation['responses'], problems);
        }
      }
    }
    Object.assign(openapiObject.paths?.['/api/v1/events']?.post ?? {}, { requestBody: eventsBody });
    return openapiObject;
  },
};

/** Topics that can be streamed. */
export const streamTopics = [topics.detections, topics.threats, topics.responses, topics.alerts] as const;
