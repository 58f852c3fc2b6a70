import Type from 'typebox';
import type { Threat } from '../../contracts/threat.ts';
import { threatStatuses } from '../../contracts/threat.ts';
import { personOf } from '../access.ts';
import type { ApiApp, ApiContext } from '../api-app.ts';
import { pageAnswer, pageQuery, pageRequest, pageSchema, present } from '../page.ts';
import { ApiProblem } from '../problem.ts';
import { idParams, ThreatRef, textFilter } from '../schemas.ts';

const tags = ['threats'];

/** Threats, and what a person decides about them. */
export function threatsRoutes(app: ApiApp, { store, approve, closeThreat }: ApiContext): void {
  app.get(
    '/api/v1/threats',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Threats.',
        querystring: Type.Object(
          {
            status: Type.Optional(Type.Enum([...threatStatuses])),
            attacker: textFilter('Entity the attack comes from.'),
            technique: textFilter('ATT&CK technique the threat is aggregated by.'),
            ...pageQuery,
          },
          { additionalProperties: false },
        ),
        response: { 200: pageSchema(ThreatRef) },
      },
    },
    async ({ query }) => {
      const filter = present({ status: query.status, attacker: query.attacker, technique: query.technique });
      return pageAnswer(await store.threats(filter, pageRequest(query)));
    },
  );

  app.get(
    '/api/v1/defense/threats/active',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Threats that are neither contained nor closed.',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageSchema(ThreatRef) },
      },
    },
    async ({ query }) => pageAnswer(await store.threats({ status: 'active' }, pageRequest(query))),
  );

  app.get(
    '/api/v1/threats/:id',
    {
      config: { role: 'viewer' },
      schema: { tags, summary: 'One threat.', params: idParams, response: { 200: ThreatRef } },
    },
    async ({ params }) => existing(await store.threat(params.id)),
  );

  const decisions = {
    approve: {
      summary: 'Starts the response to a threat that waits for a person.',
      decide: (id: string, by: string) => approve(id, true, by),
    },
    dismiss: {
      summary: 'Refuses the response to a threat that waits for a person.',
      decide: (id: string, by: string) => approve(id, false, by),
    },
    close: { summary: 'The threat is over.', decide: closeThreat },
  };
  for (const [name, { summary, decide }] of Object.entries(decisions)) {
    app.post(
      `/api/v1/threats/:id/${name}`,
      {
        config: { role: 'operator' },
        schema: { tags, summary, params: idParams, response: { 200: ThreatRef } },
      },
      async (request) => existing(await decide(request.params.id, personOf(request))),
    );
  }
}

function existing(threat: Threat | null): Threat {
  if (threat === null) throw new ApiProblem('not-found', 'There is no threat with this id.');
  return threat;
}
