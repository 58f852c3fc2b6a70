import Type from 'typebox';
import { SeveritySchema } from '../../contracts/severity.ts';
import { toDetectionFinding } from '../../detection/ocsf/detection-finding.ts';
import { version } from '../../version.ts';
import type { ApiApp, ApiContext } from '../api-app.ts';
import { pageAnswer, pageQuery, pageRequest, pageSchema, present } from '../page.ts';
import { ApiProblem } from '../problem.ts';
import { DeadLetterRef, DetectionRef, idParams, OcsfRef, since, textFilter } from '../schemas.ts';

/** What was detected, and what could not be read. */
export function detectionsRoutes(app: ApiApp, { store }: ApiContext): void {
  app.get(
    '/api/v1/detections',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['detections'],
        summary: 'Detections.',
        querystring: Type.Object(
          {
            threat_id: textFilter('Threat they belong to.'),
            attacker: textFilter('Entity the activity came from.'),
            severity: Type.Optional(SeveritySchema),
            since,
            ...pageQuery,
          },
          { additionalProperties: false },
        ),
        response: { 200: pageSchema(DetectionRef) },
      },
    },
    async ({ query }) => {
      const filter = present({
        threatId: query.threat_id,
        attacker: query.attacker,
        severity: query.severity,
        since: query.since,
      });
      return pageAnswer(await store.detections(filter, pageRequest(query)));
    },
  );

  app.get(
    '/api/v1/detections/:id',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['detections'],
        summary: 'One detection.',
        params: idParams,
        response: { 200: DetectionRef },
      },
    },
    async ({ params }) => {
      const detection = await store.detection(params.id);
      if (detection === null) throw new ApiProblem('not-found', 'There is no detection with this id.');
      return detection;
    },
  );

  app.get(
    '/api/v1/detections/:id/ocsf',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['detections'],
        summary: 'One detection as an OCSF Detection Finding (class 2004).',
        params: idParams,
        response: { 200: OcsfRef },
      },
    },
    async ({ params }) => {
      const detection = await store.detection(params.id);
      if (detection === null) throw new ApiProblem('not-found', 'There is no detection with this id.');
      return toDetectionFinding(detection, await store.event(detection.event_id), { version });
    },
  );

  app.get(
    '/api/v1/dead-letters',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['events'],
        summary: 'Records that could not be read, with the reason.',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageSchema(DeadLetterRef) },
      },
    },
    async ({ query }) => pageAnswer(await store.deadLetters(pageRequest(query))),
  );
}
