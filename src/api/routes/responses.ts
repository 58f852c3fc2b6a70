import Type from 'typebox';
import type { Response } from '../../contracts/response.ts';
import { personOf } from '../access.ts';
import type { ApiApp, ApiContext } from '../api-app.ts';
import { pageAnswer, pageQuery, pageRequest, pageSchema, present } from '../page.ts';
import { ApiProblem } from '../problem.ts';
import { idParams, ResponseRef, textFilter } from '../schemas.ts';

const tags = ['responses'];

/** What was done about threats, and taking it back. */
export function responsesRoutes(app: ApiApp, { store, rollback }: ApiContext): void {
  app.get(
    '/api/v1/responses',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Responses with their actions.',
        querystring: Type.Object(
          { threat_id: textFilter('Threat they answer.'), ...pageQuery },
          { additionalProperties: false },
        ),
        response: { 200: pageSchema(ResponseRef) },
      },
    },
    async ({ query }) =>
      pageAnswer(await store.responses(present({ threatId: query.threat_id }), pageRequest(query))),
  );

  app.get(
    '/api/v1/responses/:id',
    {
      config: { role: 'viewer' },
      schema: { tags, summary: 'One response.', params: idParams, response: { 200: ResponseRef } },
    },
    async ({ params }) => existing(await store.response(params.id)),
  );

  app.post(
    '/api/v1/responses/:id/rollback',
    {
      config: { role: 'operator' },
      schema: {
        tags,
        summary: 'Takes back every effect that is still in force.',
        params: idParams,
        response: { 200: ResponseRef },
      },
    },
    async (request) => existing(await rollback(request.params.id, personOf(request))),
  );
}

function existing(response: Response | null): Response {
  if (response === null) throw new ApiProblem('not-found', 'There is no response with this id.');
  return response;
}
