import type { Command } from 'commander';
import Type from 'typebox';
import { ThreatSchema } from '../../contracts/threat.ts';
import { VerticeError } from '../../errors.ts';
import { clientFor, withClientOptions } from '../api-client.ts';
import { optionsOf } from '../command-options.ts';
import { renderFields } from '../list-command.ts';
import type { CliDependencies } from '../ports.ts';
import { createPaint } from '../terminal-text.ts';

const ReadinessSchema = Type.Object({
  status: Type.String(),
  dependencies: Type.Record(Type.String(), Type.String()),
});
const ActiveThreatsSchema = Type.Object({
  items: Type.Array(ThreatSchema),
  next_cursor: Type.Union([Type.String(), Type.Null()]),
});
const mostCounted = 500;

export function addStatusCommand(program: Command, dependencies: CliDependencies): void {
  const command = withClientOptions(
    program.command('status').description('Show whether the server is ready, and what is under attack.'),
  );
  command.action(async () => {
    const { stdout, environment } = dependencies;
    const paint = createPaint(stdout, environment);
    const client = clientFor(command, dependencies);
    const readiness = await client.get('/ready', {}, ReadinessSchema, [503]);
    const active = await client.get(
      '/api/v1/defense/threats/active',
      { limit: String(mostCounted) },
      ActiveThreatsSchema,
    );
    const waiting = active.items.filter((threat) => threat.decision?.verdict === 'ask');

    if (optionsOf(command).flag('json')) {
      stdout.write(`${JSON.stringify({ ...readiness, active_threats: active.items })}\n`);
    } else {
      const more = active.next_cursor === null ? '' : ' or more';
      stdout.write(
        renderFields(
          [
            ['server', `${client.url}: ${readiness.status}`],
            ...Object.entries(readiness.dependencies),
            ['active threats', `${active.items.length}${more}`],
            [
              'waiting for you',
              waiting.map((threat) => `vertice approve ${threat.threat_id}`).join('\n') || 'none',
            ],
          ],
          paint,
        ),
      );
    }
    if (readiness.status !== 'ready') {
      throw new VerticeError('VTC_API_FAILED', `the server at ${client.url} is not ready; its log says why.`);
    }
  });
}
