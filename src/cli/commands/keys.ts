import { type Command, Option } from 'commander';
import { VerticeError } from '../../errors.ts';
import type { ApiKey, Role } from '../../store/store.ts';
import { optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { serverSettingsOf, withServerOptions } from '../server-settings.ts';
import { createPaint, renderTable } from '../terminal-text.ts';

const roles: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Keys are managed on the server's own data: who may read its folder may make keys. */
export function addKeysCommand(program: Command, dependencies: CliDependencies): void {
  const { server, stdout, stderr, environment } = dependencies;
  const keys = program.command('keys').description('API keys, in the data folder of this machine.');

  const add = withServerOptions(
    keys
      .command('add')
      .description('Make a key and print it: it is shown this once.')
      .argument('<name>', 'whose it is'),
  )
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).default('viewer'))
    .option('--json', 'print JSON');
  add.action(async () => {
    const options = optionsOf(add);
    const [name = ''] = add.args;
    const role = roles.find((known) => known === options.text('role')) ?? 'viewer';
    const made = await server.keysAdd(serverSettingsOf(options), { name, role });
    if (options.flag('json'))
      stdout.write(`${JSON.stringify({ key: answerOf(made.key), secret: made.secret })}\n`);
    else {
      stderr.write(`Key of ${made.key.name} (${made.key.role}). Keep it: it cannot be shown again.\n`);
      stdout.write(`${made.secret}\n`);
    }
  });

  const list = withServerOptions(
    keys.command('list').description('List keys, without their secrets.'),
  ).option('--json', 'print JSON');
  list.action(async () => {
    const options = optionsOf(list);
    const known = await server.keysList(serverSettingsOf(options));
    if (options.flag('json')) stdout.write(`${JSON.stringify({ items: known.map(answerOf) })}\n`);
    else if (known.length === 0) stdout.write('No keys.\n');
    else {
      stdout.write(
        renderTable(
          [{ title: 'ID' }, { title: 'NAME' }, { title: 'ROLE' }, { title: 'MADE' }, { title: 'REVOKED' }],
          known.map(({ keyId, name, role, createdAt, revokedAt }) => [
            keyId,
            name,
            role,
            createdAt,
            revokedAt ?? '-',
          ]),
          createPaint(stdout, environment),
        ),
      );
    }
  });

  const revoke = withServerOptions(
    keys.command('revoke').description('Make a key useless.').argument('<key-id>'),
  );
  revoke.action(async () => {
    const [keyId = ''] = revoke.args;
    const isRevoked = await server.keysRevoke(serverSettingsOf(optionsOf(revoke)), keyId);
    if (!isRevoked) {
      const detail = `there is no live key ${keyId}; "vertice keys list" shows those there are`;
      throw new VerticeError('VTC_USAGE', detail);
    }
    stdout.write(`Revoked ${keyId}.\n`);
  });
}

function answerOf({
  keyId,
  name,
  role,
  createdAt,
  revokedAt,
}: ApiKey): Readonly<Record<string, string | null>> {
  return { key_id: keyId, name, role, created_at: createdAt, revoked_at: revokedAt };
}
